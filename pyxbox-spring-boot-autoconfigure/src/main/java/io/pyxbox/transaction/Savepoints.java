package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;

import org.jspecify.annotations.Nullable;

/**
 * The savepoints of a connection's transaction: those that the database knows, and those
 * that are only noted.
 * <p>
 * The savepoints of events are never released. Each lies inside the one before and has
 * its name: a rollback goes to the last of them, which is the one of the event under way
 * if the database knows it. Where that is in doubt there is no way back but out of the
 * whole transaction.
 */
final class Savepoints {

	/**
	 * What a {@code SAVEPOINT} can fail of: it is cancelled, memory or the session is
	 * lost, or the transaction was.
	 */
	private static final Set<String> POSSIBLE_FAILURES = Set.of("08", "25", "53", "54", "57", "58", "XX");

	private final Connection connection;

	private final List<Note> open = new ArrayList<>();

	private @Nullable String pendingRelease;

	private boolean eager;

	private boolean inDoubt;

	private int told;

	Savepoints(Connection connection) {
		this.connection = connection;
	}

	/** How many savepoints the database has been told of in this transaction. */
	int told() {
		return this.told;
	}

	/** Whether only the whole transaction can be rolled back. */
	boolean areInDoubt() {
		return this.inDoubt;
	}

	/** Somebody may execute statements that are not seen here. */
	void tellAtOnceFromNowOn() throws SQLException {
		this.eager = true;
		tell();
	}

	Savepoint set(@Nullable String name) throws SQLException {
		requireCertainty();
		Note note = new Note(name, this.open.size());
		this.open.add(note);
		if (this.eager) {
			tell();
		}
		return note;
	}

	void release(Savepoint savepoint) throws SQLException {
		requireCertainty();
		int index = this.open.indexOf(savepoint);
		if (index < 0) {
			return;
		}
		Note note = this.open.get(index);
		// Releasing a savepoint releases those set after it.
		this.open.subList(index, this.open.size()).clear();
		if (note.told && note.depth > 0) {
			this.pendingRelease = note.sqlName();
		}
	}

	void rollback(Savepoint savepoint) throws SQLException {
		requireCertainty();
		int index = this.open.indexOf(savepoint);
		if (index < 0) {
			throw new SQLException("The savepoint was released before", "3B001");
		}
		Note note = this.open.get(index);
		this.open.subList(index + 1, this.open.size()).clear();
		if (note.told) {
			execute("ROLLBACK TO SAVEPOINT " + note.sqlName());
			// What was to be released was set after it, or goes with it.
			this.pendingRelease = null;
		}
		else if (TransactionStates.isFailed(this.connection)) {
			// Something failed on a way around us: only the whole transaction can be
			// rolled back.
			throw new SQLException("The transaction has failed since before the savepoint was set", "25P02");
		}
	}

	/** The transaction has ended. */
	void forget() {
		this.open.clear();
		this.pendingRelease = null;
		this.told = 0;
		this.eager = false;
		this.inDoubt = false;
	}

	/** Tells the database what it has to know before it executes anything. */
	void tell() throws SQLException {
		requireCertainty();
		List<Note> untold = untold();
		if (untold.isEmpty()) {
			return;
		}
		StringJoiner sql = new StringJoiner(";");
		if (this.pendingRelease != null) {
			sql.add("RELEASE SAVEPOINT " + this.pendingRelease);
		}
		untold.forEach((note) -> sql.add(note.sql()));
		execute(sql.toString());
		// Only now: if it failed, what the notes say must still be true.
		untold.forEach(this::isTold);
		this.pendingRelease = null;
	}

	/**
	 * The only thing that the database has to execute before anything else.
	 * @return the statement, or {@code null} if there is none or more than one
	 */
	@Nullable String soleStatement() {
		List<Note> untold = untold();
		boolean sole = untold.size() == 1 && this.pendingRelease == null && !this.inDoubt;
		return sole ? untold.get(0).sql() : null;
	}

	/** The database has executed the {@linkplain #soleStatement() sole statement}. */
	void soleStatementIsTold() {
		untold().forEach(this::isTold);
	}

	/**
	 * The {@linkplain #soleStatement() sole statement} and another one were executed
	 * together, and failed. If the other one is to blame the savepoint is set.
	 */
	void soleStatementOrAnotherFailed(Throwable failure) throws SQLException {
		String state = (failure instanceof SQLException ex) ? ex.getSQLState() : null;
		boolean anotherFailed = TransactionStates.isFailed(this.connection) && state != null && state.length() == 5
				&& !POSSIBLE_FAILURES.contains(state.substring(0, 2));
		if (anotherFailed) {
			soleStatementIsTold();
		}
		else {
			this.inDoubt = true;
		}
	}

	private List<Note> untold() {
		return this.open.stream().filter((note) -> !note.told).toList();
	}

	private void isTold(Note note) {
		note.told = true;
		this.told++;
	}

	private void requireCertainty() throws SQLException {
		if (this.inDoubt) {
			throw new SQLException("It is not known whether a savepoint was set, because the statement it travelled "
					+ "with failed: only the whole transaction can be rolled back", "25P02");
		}
	}

	private void execute(String sql) throws SQLException {
		// Few texts, each of them executed over and over: the driver keeps them prepared.
		try (PreparedStatement statement = this.connection.prepareStatement(sql)) {
			statement.execute();
		}
	}

	/**
	 * A savepoint.
	 */
	private static final class Note implements Savepoint {

		private final @Nullable String name;

		private final int depth;

		/** Whether the database knows it. */
		private boolean told;

		Note(@Nullable String name, int depth) {
			this.name = name;
			this.depth = depth;
		}

		/** The same for each event, so that the statements can stay prepared. */
		String sqlName() {
			return "pyxbox_" + this.depth;
		}

		String sql() {
			return "SAVEPOINT " + sqlName();
		}

		@Override
		public int getSavepointId() throws SQLException {
			if (this.name != null) {
				throw new SQLException("The savepoint has a name");
			}
			return this.depth;
		}

		@Override
		public String getSavepointName() throws SQLException {
			if (this.name == null) {
				throw new SQLException("The savepoint has no name");
			}
			return this.name;
		}

	}

}
