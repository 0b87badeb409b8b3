package io.pyxbox.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.Subscription.Route;
import org.jspecify.annotations.Nullable;

/**
 * Who takes an event, as a part of statements: the consumers that are registered, and
 * those that the application at hand declares, registered or not. An event stays until
 * all of them have completed it.
 * <p>
 * A row says that a consumer takes a type, of any topic or of one; or, if it has a
 * pattern, whatever has such a topic.
 */
final class Takers {

	/** What the rows consist of. */
	static final String COLUMNS = "consumer, type, topic, topic_pattern";

	/** Rows that come as parameters, see {@link #bind}. */
	static final String ROWS = "unnest(?::text[], ?::text[], ?::text[], ?::text[])";

	/** A condition on a row {@code t} and an event {@code e}. */
	static final String TAKES = """
			(t.type = e.type AND (t.topic IS NULL OR t.topic = e.topic) OR e.topic LIKE t.topic_pattern)""";

	private Takers() {
	}

	/**
	 * A condition on an event {@code e}: there is a taker that has not completed it, and
	 * to whom a further condition on {@code t.consumer} applies.
	 */
	static String stillWaitedFor(EventTable table, String condition) {
		return """
				EXISTS (SELECT FROM (SELECT %1$s FROM %2$s UNION ALL SELECT * FROM %3$s AS own (%1$s)) t
				  WHERE %4$s AND t.consumer <> ALL (coalesce(e.completed_by, '{}')) AND %5$s)
				""".formatted(COLUMNS, table.consumers(), ROWS, TAKES, condition);
	}

	/**
	 * Sets the parameters of {@link #ROWS}.
	 * @return the last index that was set
	 */
	static int bind(PreparedStatement statement, int start, Map<ConsumerId, Subscription> takers) throws SQLException {
		List<String> consumers = new ArrayList<>();
		List<@Nullable String> types = new ArrayList<>();
		List<@Nullable String> topics = new ArrayList<>();
		List<@Nullable String> patterns = new ArrayList<>();
		takers.forEach((consumer, subscription) -> {
			subscription.types().forEach((type) -> {
				types.add(type);
				topics.add(null);
				patterns.add(null);
			});
			subscription.routes().forEach((route) -> {
				types.add(route.type());
				topics.add(route.topic());
				patterns.add(null);
			});
			subscription.topics().forEach((pattern) -> {
				types.add(null);
				topics.add(null);
				patterns.add(pattern.toLike());
			});
			while (consumers.size() < types.size()) {
				consumers.add(consumer.value());
			}
		});
		int index = start;
		for (List<@Nullable String> column : List.of(consumers, types, topics, patterns)) {
			statement.setObject(++index, column.toArray(String[]::new));
		}
		return index;
	}

	/**
	 * Adds what a row says.
	 * @param row a row
	 * @param first the number of its first column of {@link #COLUMNS}
	 * @param takers what is known so far
	 */
	static void read(ResultSet row, int first, Map<ConsumerId, Subscription> takers) throws SQLException {
		takers.merge(new ConsumerId(row.getString(first)), taken(row, first), Subscription::and);
	}

	/**
	 * Returns what a row says.
	 * @param row a row
	 * @param first the number of its first column of {@link #COLUMNS}
	 */
	static Subscription taken(ResultSet row, int first) throws SQLException {
		@Nullable String type = row.getString(first + 1);
		@Nullable String topic = row.getString(first + 2);
		@Nullable String pattern = row.getString(first + 3);
		if (type == null) {
			return Subscription.toTopics((pattern != null) ? Set.of(TopicPattern.ofLike(pattern)) : Set.of());
		}
		return (topic != null) ? new Subscription(Set.of(), Set.of(new Route(type, topic)))
				: new Subscription(Set.of(type), Set.of());
	}

}
