package io.pyxbox.transaction;

import java.io.InputStream;
import java.io.Reader;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A prepared statement that takes pending savepoints along: they are put in front of its
 * text, the server executes all of it in one round trip, and their results are skipped.
 * <p>
 * Its parameters are noted until it is executed, because only then it shows whether
 * anything is pending. This goes for the first execution, in any of its simple forms;
 * from the second on, and for whatever else is called (batches, meta data, cursors), it
 * is an ordinary statement before which the database is told.
 * <p>
 * If the execution fails, the savepoints count as set: they were executed before it. (If
 * not even that succeeded, a rollback to them fails, and with it the transaction.)
 */
final class PiggybackStatement implements InvocationHandler {

	private static final Set<String> ABOUT_RESULTS = Set.of("getUpdateCount", "getLargeUpdateCount", "getResultSet",
			"getMoreResults", "getGeneratedKeys", "getWarnings", "clearWarnings");

	private final Connection connection;

	private final Connection delegate;

	private final Savepoints savepoints;

	private final String sql;

	private final Map<Object, Setting> settings = new LinkedHashMap<>();

	private @Nullable PreparedStatement first;

	private @Nullable PreparedStatement ordinary;

	private boolean closed;

	private PiggybackStatement(Connection connection, Connection delegate, Savepoints savepoints, String sql) {
		this.connection = connection;
		this.delegate = delegate;
		this.savepoints = savepoints;
		this.sql = sql;
	}

	/** Whether a text may stand behind others: not if it is an escape as a whole. */
	static boolean suits(@Nullable Object sql) {
		return sql instanceof String text && !text.stripLeading().startsWith("{");
	}

	static PreparedStatement of(Connection connection, Connection delegate, Savepoints savepoints, String sql) {
		return LazySavepoints.proxy(PreparedStatement.class,
				new PiggybackStatement(connection, delegate, savepoints, sql));
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
			throws Throwable {
		int count = (arguments != null) ? arguments.length : 0;
		switch (method.getName()) {
			case "equals":
				return arguments != null && proxy == arguments[0];
			case "hashCode":
				return System.identityHashCode(proxy);
			case "toString":
				return "Lazy savepoints for " + this.sql;
			case "getConnection":
				return this.connection;
			case "isClosed":
				return this.closed;
			case "close":
				close();
				return null;
			case "execute", "executeQuery", "executeUpdate", "executeLargeUpdate":
				if (count == 0 && canPiggyback()) {
					return executeWithSavepoints(method.getName());
				}
				break;
			case "clearParameters":
				this.settings.values().removeIf(Setting::isParameter);
				break;
			default:
				if (arguments != null && note(method, arguments)) {
					return null;
				}
				if (ABOUT_RESULTS.contains(method.getName()) && this.ordinary == null && this.first != null) {
					return LazySavepoints.call(this.first, method, arguments);
				}
		}
		LazySavepoints.prepare(method, this.savepoints);
		return LazySavepoints.call(ordinary(), method, arguments);
	}

	/** Notes a setting, unless it cannot wait. */
	private boolean note(Method method, @Nullable Object[] arguments) throws Throwable {
		Object value = arguments[arguments.length - 1];
		boolean passed = value instanceof InputStream || value instanceof Reader
				|| (arguments.length > 1 && (arguments[1] instanceof InputStream || arguments[1] instanceof Reader));
		boolean setting = method.getName().startsWith("set") && method.getReturnType() == void.class;
		if (!setting || passed || method.getName().equals("setFetchSize")) {
			return false;
		}
		boolean parameter = arguments.length > 1;
		Setting noted = new Setting(method, arguments, parameter);
		this.settings.put(parameter ? String.valueOf(arguments[0]) : method.getName(), noted);
		if (this.ordinary != null) {
			noted.apply(this.ordinary);
		}
		return true;
	}

	private boolean canPiggyback() throws SQLException {
		return !this.closed && this.first == null && this.ordinary == null && !this.savepoints.pending().isEmpty()
				&& !TransactionStates.isFailed(this.delegate);
	}

	private @Nullable Object executeWithSavepoints(String method) throws Throwable {
		List<String> pending = this.savepoints.pending();
		PreparedStatement statement = prepare(String.join(";", pending) + ";" + this.sql);
		this.first = statement;
		this.savepoints.areTold();
		boolean rows = statement.execute();
		for (int i = 0; i < pending.size(); i++) {
			rows = statement.getMoreResults();
		}
		return switch (method) {
			case "executeQuery" -> rowsOf(statement, rows);
			case "executeUpdate" -> {
				requireNoRows(rows);
				yield statement.getUpdateCount();
			}
			case "executeLargeUpdate" -> {
				requireNoRows(rows);
				yield statement.getLargeUpdateCount();
			}
			default -> rows;
		};
	}

	private static ResultSet rowsOf(PreparedStatement statement, boolean rows) throws SQLException {
		if (!rows) {
			throw new SQLException("No results were returned by the query.", "02000");
		}
		return statement.getResultSet();
	}

	private static void requireNoRows(boolean rows) throws SQLException {
		if (rows) {
			throw new SQLException("A result was returned when none was expected.", "0100E");
		}
	}

	private PreparedStatement ordinary() throws Throwable {
		if (this.ordinary == null) {
			if (this.closed) {
				throw new SQLException("This statement has been closed.", "55000");
			}
			this.ordinary = prepare(this.sql);
		}
		return this.ordinary;
	}

	private PreparedStatement prepare(String text) throws Throwable {
		PreparedStatement statement = this.delegate.prepareStatement(text);
		try {
			for (Setting setting : this.settings.values()) {
				setting.apply(statement);
			}
			return statement;
		}
		catch (Throwable ex) {
			statement.close();
			throw ex;
		}
	}

	private void close() throws SQLException {
		this.closed = true;
		this.settings.clear();
		try {
			if (this.first != null) {
				this.first.close();
			}
		}
		finally {
			if (this.ordinary != null) {
				this.ordinary.close();
			}
		}
	}

	/**
	 * A call that sets something.
	 */
	private record Setting(Method method, @Nullable Object[] arguments, boolean isParameter) {

		void apply(PreparedStatement statement) throws Throwable {
			LazySavepoints.call(statement, this.method, this.arguments);
		}

	}

}
