package io.pyxbox.transaction;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;

import org.jspecify.annotations.Nullable;

/**
 * A connection whose savepoints cost nothing until they are needed.
 * <p>
 * Setting a savepoint only takes a note. The database learns of it together with the next
 * use of a statement; if there is none, it never does. A release is passed on with the
 * next savepoint, in the same round trip. So a listener that does not touch the database
 * pays nothing for its events being isolated, and one that does pays one round trip.
 * <p>
 * Who gets hold of the driver's connection ({@code unwrap}) could execute statements
 * unseen: from then on savepoints are set at once.
 * <p>
 * Not thread-safe, as connections are not.
 */
final class LazySavepoints implements InvocationHandler {

	private static final Set<String> WITHOUT_SERVER = Set.of("close", "isClosed", "isWrapperFor", "equals", "hashCode",
			"toString", "setFetchSize", "setMaxRows", "setQueryTimeout", "getWarnings");

	private final Connection delegate;

	private final List<Note> open = new ArrayList<>();

	private @Nullable String pendingRelease;

	private boolean eager;

	private int count;

	private LazySavepoints(Connection delegate) {
		this.delegate = delegate;
	}

	static Connection wrap(Connection delegate) {
		return (Connection) Proxy.newProxyInstance(LazySavepoints.class.getClassLoader(),
				new Class<?>[] { Connection.class }, new LazySavepoints(delegate));
	}

	static boolean isLazy(Connection connection) {
		return handlerOf(connection) instanceof LazySavepoints;
	}

	/** How many savepoints the database has seen in this transaction. */
	static int count(Connection connection) {
		return (handlerOf(connection) instanceof LazySavepoints lazy) ? lazy.count : 0;
	}

	/** The connection without the laziness, to ask the driver something. */
	static Connection unwrap(Connection connection) {
		return (handlerOf(connection) instanceof LazySavepoints lazy) ? lazy.delegate : connection;
	}

	private static @Nullable Object handlerOf(Connection connection) {
		return Proxy.isProxyClass(connection.getClass()) ? Proxy.getInvocationHandler(connection) : null;
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
			throws Throwable {
		Object first = (arguments != null && arguments.length > 0) ? arguments[0] : null;
		switch (method.getName()) {
			case "equals":
				return proxy == first;
			case "hashCode":
				return System.identityHashCode(proxy);
			case "toString":
				return "Lazy savepoints for " + this.delegate;
			case "setSavepoint":
				return setSavepoint(first);
			case "releaseSavepoint":
				if (first instanceof Note note) {
					release(note);
				}
				return null;
			case "rollback":
				if (first instanceof Note note) {
					rollback(note);
					return null;
				}
				forget();
				break;
			case "commit", "setAutoCommit", "close":
				forget();
				break;
			case "unwrap", "getMetaData":
				// Spring itself asks for meta data before it sets the first savepoint.
				this.eager = this.eager || !this.open.isEmpty() || method.getName().equals("unwrap");
				tellDatabase();
				break;
			case "createStatement", "prepareStatement", "prepareCall":
				return wrapStatement(proxy, call(this.delegate, method, arguments));
			default:
				if (!asksOnly(method.getName())) {
					tellDatabase();
				}
		}
		return call(this.delegate, method, arguments);
	}

	private static boolean asksOnly(String method) {
		return method.startsWith("get") || method.startsWith("is") || method.startsWith("create");
	}

	private Savepoint setSavepoint(@Nullable Object name) throws SQLException {
		Note note = new Note((name != null) ? name.toString() : null, this.open.size());
		this.open.add(note);
		if (this.eager) {
			tellDatabase();
		}
		return note;
	}

	private void release(Note note) {
		int index = this.open.indexOf(note);
		if (index < 0) {
			return;
		}
		// Releasing a savepoint releases those set after it.
		this.open.subList(index, this.open.size()).clear();
		if (note.known) {
			this.pendingRelease = note.sqlName();
		}
	}

	private void rollback(Note note) throws SQLException {
		int index = this.open.indexOf(note);
		if (index < 0) {
			throw new SQLException("The savepoint '" + note.name + "' was released before", "3B001");
		}
		this.open.subList(index + 1, this.open.size()).clear();
		if (note.known) {
			execute("ROLLBACK TO SAVEPOINT " + note.sqlName());
			// What was to be released was set after it, or goes with it.
			this.pendingRelease = null;
		}
		else if (TransactionStates.isFailed(this.delegate)) {
			// Something failed on a way around us: only the whole transaction can be
			// rolled back.
			throw new SQLException("The transaction has failed since before the savepoint was set", "25P02");
		}
	}

	private void tellDatabase() throws SQLException {
		List<Note> unknown = this.open.stream().filter((note) -> !note.known).toList();
		if (unknown.isEmpty()) {
			return;
		}
		StringJoiner sql = new StringJoiner(";");
		if (this.pendingRelease != null) {
			sql.add("RELEASE SAVEPOINT " + this.pendingRelease);
		}
		unknown.forEach((note) -> sql.add("SAVEPOINT " + note.sqlName()));
		execute(sql.toString());
		// Only now: if it failed, what the notes say of the database must still be true.
		this.pendingRelease = null;
		unknown.forEach((note) -> note.known = true);
		this.count += unknown.size();
	}

	private void forget() {
		this.open.clear();
		this.pendingRelease = null;
		this.count = 0;
		this.eager = false;
	}

	private void execute(String sql) throws SQLException {
		// Few texts, each of them executed over and over: the driver keeps them prepared.
		try (PreparedStatement statement = this.delegate.prepareStatement(sql)) {
			statement.execute();
		}
	}

	private Object wrapStatement(Object connection, @Nullable Object statement) {
		Class<?> type = (statement instanceof CallableStatement) ? CallableStatement.class
				: (statement instanceof PreparedStatement) ? PreparedStatement.class : Statement.class;
		return Proxy.newProxyInstance(LazySavepoints.class.getClassLoader(), new Class<?>[] { type },
				(proxy, method, arguments) -> {
					if (method.getName().equals("getConnection")) {
						return connection;
					}
					this.eager = this.eager || method.getName().equals("unwrap");
					// Not only executing talks to the server: so do large objects and
					// meta data.
					if (!WITHOUT_SERVER.contains(method.getName())) {
						tellDatabase();
					}
					return call(statement, method, arguments);
				});
	}

	private static @Nullable Object call(@Nullable Object target, Method method,
			@Nullable Object @Nullable [] arguments) throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	/**
	 * A savepoint, known to the database or not yet.
	 */
	private static final class Note implements Savepoint {

		private final @Nullable String name;

		private final int depth;

		private boolean known;

		Note(@Nullable String name, int depth) {
			this.name = name;
			this.depth = depth;
		}

		/** The same for each event, so that the statements can stay prepared. */
		String sqlName() {
			return "pyxbox_" + this.depth;
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
