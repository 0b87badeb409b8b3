package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import io.pyxbox.scenario.Counted;

/**
 * How one would do it without thinking of what happens in between: right but for one
 * flaw.
 */
final class NaiveClaims implements Claims {

	private static final long LOCK = 815;

	private final Flaw flaw;

	private final Connection connection;

	private final List<Long> claimed = new ArrayList<>();

	private long hint;

	NaiveClaims(Flaw flaw, Connection connection) {
		this.flaw = flaw;
		this.connection = connection;
	}

	@Override
	public List<Counted> claim() throws SQLException {
		this.claimed.clear();
		if (this.flaw == Flaw.LOCKS_AND_READS_IN_ONE_STATEMENT) {
			return read("pg_try_advisory_xact_lock(" + LOCK + ")");
		}
		try (PreparedStatement statement = this.connection
			.prepareStatement("SELECT pg_try_advisory_xact_lock(" + LOCK + ")");
				ResultSet row = statement.executeQuery()) {
			row.next();
			return row.getBoolean(1) ? read("true") : List.of();
		}
	}

	private List<Counted> read(String condition) throws SQLException {
		List<Counted> events = new ArrayList<>();
		try (PreparedStatement statement = this.connection.prepareStatement("""
				SELECT id, partition_key, payload::int FROM events
				WHERE bucket = ? AND id >= ? AND %s ORDER BY id
				""".formatted(condition))) {
			statement.setInt(1, ClaimSchedule.BUCKET);
			statement.setLong(2, this.hint);
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					this.claimed.add(rows.getLong(1));
					events.add(new Counted(rows.getString(2), rows.getInt(3)));
				}
			}
		}
		return events;
	}

	@Override
	public void complete() throws SQLException {
		if (!this.claimed.isEmpty()) {
			long last = this.claimed.get(this.claimed.size() - 1);
			if (this.flaw == Flaw.COMPLETES_A_RANGE) {
				delete("id <= ?", last);
			}
			else {
				delete("id = ANY (?)", this.claimed.toArray(Long[]::new));
			}
			if (this.flaw == Flaw.PASSES_WHAT_IS_NOT_SETTLED) {
				this.hint = last + 1;
			}
		}
		this.connection.commit();
	}

	private void delete(String condition, Object ids) throws SQLException {
		try (PreparedStatement statement = this.connection
			.prepareStatement("DELETE FROM events WHERE bucket = ? AND " + condition)) {
			statement.setInt(1, ClaimSchedule.BUCKET);
			statement.setObject(2, ids);
			statement.executeUpdate();
		}
	}

	enum Flaw {

		NONE, LOCKS_AND_READS_IN_ONE_STATEMENT, COMPLETES_A_RANGE, PASSES_WHAT_IS_NOT_SETTLED

	}

}
