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
import org.postgresql.util.PSQLException;

/**
 * The savepoints of a connection's transaction.
 * <p>
 * That of an event is only noted, until something is executed. It is never released. Each
 * lies inside the one before and has its name: a rollback goes to the last of them, which
 * is the one of the event under way if the database knows it. Where that is in doubt
 * there is no way back but out of the whole transaction.
 * <p>
 * The listeners' own are set at once, and released together with the next one that is
 * set.
 */
final class Savepoints {

	private static final String OF_EVENTS = "pyxbox_event";

	/**
	 * Classes of errors that a {@code SAVEPOINT} cannot fail of: it has no data, no
	 * names, no locks. (It can be cancelled, lack memory, or lack its own prepared
	 * statement.)
	 *
	 * @see <a href=
	 * "https://www.postgresql.org/docs/current/errcodes-appendix.html">PostgreSQL's error
	 * codes</a>
	 */
	private static final Set<String> OF_OTHERS = Set.of("0A", "20", "21", "22", "23", "27", "28", "2B", "2F", "38",
			"39", "3D", "3F", "40", "42", "44", "55", "P0");

	private static final String DUPLICATE_PREPARED_STATEMENT = "42P05";

	private final Connection connection;

	private final List<Note> open = new ArrayList<>();

	private @Nullable String pendingRelease;

	private boolean eventFollows;

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

	/** The next savepoint is that of an event. */
	void eventFollows() {
		this.eventFollows = true;
	}

	/** Somebody may execute statements that are not seen here. */
	void tellAtOnceFromNowOn() throws SQLException {
		this.eager = true;
		tell();
	}

	Savepoint set(@Nullable String name) throws SQLException {
		requireCertainty();
		boolean ofEvent = this.eventFollows;
		this.eventFollows = false;
		Note note = new Note(name, this.open.size(), ofEvent ? OF_EVENTS : "pyxbox_" + this.open.size());
		this.open.add(note);
		if (this.eager || !ofEvent) {
			tell();
		}
		return note;
	}

	void release(Savepoint savepoint) throws SQLException {
		requireCertainty();
		int index = this.open.indexOf(savepoint);
		if (index < 0) {
			// Not 3B001, which Spring takes for a savepoint that was released before.
			throw new SQLException("The transaction that the savepoint was set in has ended", "25P01");
		}
		Note note = this.open.get(index);
		// Releasing a savepoint releases those set after it.
		this.open.subList(index, this.open.size()).clear();
		if (note.told && !note.sqlName.equals(OF_EVENTS)) {
			this.pendingRelease = note.sqlName;
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
			execute("ROLLBACK TO SAVEPOINT " + note.sqlName);
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
		this.eventFollows = false;
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
	void soleStatementOrAnotherFailed(Throwable failure) {
		this.inDoubt = true;
		try {
			if (TransactionStates.isFailed(this.connection) && anotherFailed(failure)) {
				soleStatementIsTold();
				this.inDoubt = false;
			}
		}
		catch (SQLException ex) {
			// The connection is lost.
			failure.addSuppressed(ex);
		}
	}

	private static boolean anotherFailed(Throwable failure) {
		String state = (failure instanceof PSQLException ex && ex.getServerErrorMessage() != null) ? ex.getSQLState()
				: null;
		return state != null && state.length() == 5 && OF_OTHERS.contains(state.substring(0, 2))
				&& !state.equals(DUPLICATE_PREPARED_STATEMENT);
	}

	/**
	 * Asked before each call of a statement, and mostly in vain: who is told has been
	 * told of all before.
	 */
	private List<Note> untold() {
		if (this.open.isEmpty() || this.open.get(this.open.size() - 1).told) {
			return List.of();
		}
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

		private final int number;

		/** The same for each event, so that the statements can stay prepared. */
		private final String sqlName;

		/** Whether the database knows it. */
		private boolean told;

		Note(@Nullable String name, int number, String sqlName) {
			this.name = name;
			this.number = number;
			this.sqlName = sqlName;
		}

		String sql() {
			return "SAVEPOINT " + this.sqlName;
		}

		@Override
		public int getSavepointId() throws SQLException {
			if (this.name != null) {
				throw new SQLException("The savepoint has a name");
			}
			return this.number;
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
