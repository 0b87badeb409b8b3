package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The savepoints of a connection's transaction: those that the database knows, and those
 * that are only noted.
 */
final class Savepoints {

	private final Connection connection;

	private final List<Note> open = new ArrayList<>();

	private @Nullable String pendingRelease;

	private boolean eager;

	private int told;

	Savepoints(Connection connection) {
		this.connection = connection;
	}

	/** How many savepoints the database has been told of in this transaction. */
	int told() {
		return this.told;
	}

	/** Somebody may execute statements that are not seen here. */
	void tellAtOnceFromNowOn() throws SQLException {
		this.eager = true;
		tell();
	}

	Savepoint set(@Nullable String name) throws SQLException {
		Note note = new Note(name, this.open.size());
		this.open.add(note);
		if (this.eager) {
			tell();
		}
		return note;
	}

	void release(Savepoint savepoint) {
		int index = this.open.indexOf(savepoint);
		if (index < 0) {
			return;
		}
		Note note = this.open.get(index);
		// Releasing a savepoint releases those set after it.
		this.open.subList(index, this.open.size()).clear();
		if (note.sqlName != null) {
			this.pendingRelease = note.sqlName;
		}
	}

	void rollback(Savepoint savepoint) throws SQLException {
		int index = this.open.indexOf(savepoint);
		if (index < 0) {
			throw new SQLException("The savepoint was released before", "3B001");
		}
		Note note = this.open.get(index);
		this.open.subList(index + 1, this.open.size()).clear();
		if (note.sqlName != null) {
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
	}

	/** Tells the database what it has to know before it executes anything. */
	void tell() throws SQLException {
		List<String> pending = pending();
		if (!pending.isEmpty()) {
			execute(String.join(";", pending));
			// Only now: if it failed, what the notes say must still be true.
			areTold();
		}
	}

	/**
	 * The statements that the database has to execute before any other.
	 * <p>
	 * A savepoint never has the name of the one that is released with it. If the release
	 * failed, a rollback to the new one would otherwise go to the old one, and undo
	 * another event.
	 */
	List<String> pending() {
		List<String> statements = new ArrayList<>();
		for (Note note : this.open) {
			if (note.sqlName == null) {
				if (statements.isEmpty() && this.pendingRelease != null) {
					statements.add("RELEASE SAVEPOINT " + this.pendingRelease);
				}
				statements.add("SAVEPOINT " + note.nameBeside(this.pendingRelease));
			}
		}
		return statements;
	}

	/** The database has been told what is {@linkplain #pending() pending}. */
	void areTold() {
		for (Note note : this.open) {
			if (note.sqlName == null) {
				note.sqlName = note.nameBeside(this.pendingRelease);
				this.told++;
			}
		}
		this.pendingRelease = null;
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

		/** Once the database knows it. */
		private @Nullable String sqlName;

		Note(@Nullable String name, int depth) {
			this.name = name;
			this.depth = depth;
		}

		/** One of two for each depth, so that the statements can stay prepared. */
		String nameBeside(@Nullable String other) {
			String candidate = "pyxbox_" + this.depth;
			return candidate.equals(other) ? candidate + "b" : candidate;
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
