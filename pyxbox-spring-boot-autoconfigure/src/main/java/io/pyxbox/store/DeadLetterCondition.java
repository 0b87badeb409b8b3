package io.pyxbox.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;

import io.pyxbox.DeadLetterFilter;
import org.jspecify.annotations.Nullable;

/**
 * A filter as a part of statements.
 */
final class DeadLetterCondition {

	/** A condition on a dead letter {@code d}: what is not set is equal to itself. */
	static final String SQL = """
			d.consumer = coalesce(?::text, d.consumer) AND d.type = coalesce(?::text, d.type)
			  AND d.partition_key IS NOT DISTINCT FROM coalesce(?::text, d.partition_key)
			  AND d.last_failed_at >= coalesce(?::timestamptz, '-infinity')
			  AND d.last_failed_at < coalesce(?::timestamptz, 'infinity')
			""";

	private DeadLetterCondition() {
	}

	/**
	 * Sets the parameters of the condition.
	 * @return the last index that was set
	 */
	static int bind(PreparedStatement statement, int start, DeadLetterFilter filter) throws SQLException {
		int index = start;
		bindText(statement, ++index, (filter.consumer() != null) ? filter.consumer().value() : null);
		bindText(statement, ++index, filter.type());
		bindText(statement, ++index, filter.partitionKey());
		bindTime(statement, ++index, filter.failedFrom());
		bindTime(statement, ++index, filter.failedBefore());
		return index;
	}

	private static void bindText(PreparedStatement statement, int index, @Nullable String value) throws SQLException {
		if (value != null) {
			statement.setString(index, value);
		}
		else {
			statement.setNull(index, Types.VARCHAR);
		}
	}

	private static void bindTime(PreparedStatement statement, int index, @Nullable Instant value) throws SQLException {
		if (value != null) {
			statement.setObject(index, value.atOffset(ZoneOffset.UTC));
		}
		else {
			statement.setNull(index, Types.TIMESTAMP_WITH_TIMEZONE);
		}
	}

}
