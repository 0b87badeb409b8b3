package io.pyxbox.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.pyxbox.ConsumerId;
import org.jspecify.annotations.Nullable;

/**
 * Who takes an event, as a part of statements: the consumers that are registered, and
 * those that the application at hand declares, registered or not. An event stays until
 * all of them have completed it.
 */
final class Takers {

	private Takers() {
	}

	/**
	 * A condition on an event {@code e}: there is a taker that has not completed it, and
	 * to whom a further condition on {@code t.consumer} applies.
	 */
	static String stillWaitedFor(EventTable table, String condition) {
		return """
				EXISTS (SELECT FROM (SELECT consumer, type, topic FROM %s
				    UNION ALL SELECT * FROM unnest(?::text[], ?::text[], ?::text[]) AS own (consumer, type, topic)) t
				  WHERE t.type = e.type AND (t.topic IS NULL OR t.topic = e.topic)
				    AND t.consumer <> ALL (coalesce(e.completed_by, '{}')) AND %s)
				""".formatted(table.consumers(), condition);
	}

	/**
	 * Sets the parameters of the condition.
	 * @return the last index that was set
	 */
	static int bind(PreparedStatement statement, int start, Map<ConsumerId, Subscription> declared)
			throws SQLException {
		List<String> consumers = new ArrayList<>();
		List<String> types = new ArrayList<>();
		List<@Nullable String> topics = new ArrayList<>();
		declared.forEach((consumer, subscription) -> {
			subscription.types().forEach((type) -> {
				consumers.add(consumer.value());
				types.add(type);
				topics.add(null);
			});
			subscription.routes().forEach((route) -> {
				consumers.add(consumer.value());
				types.add(route.type());
				topics.add(route.topic());
			});
		});
		statement.setObject(start + 1, consumers.toArray(String[]::new));
		statement.setObject(start + 2, types.toArray(String[]::new));
		statement.setObject(start + 3, topics.toArray(String[]::new));
		return start + 3;
	}

}
