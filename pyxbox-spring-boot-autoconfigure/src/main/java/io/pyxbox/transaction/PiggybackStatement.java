package io.pyxbox.transaction;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A prepared statement that takes a savepoint along: it stands in front of its text, the
 * server executes both in one round trip, and the first result is skipped.
 * <p>
 * There are two statements, with the savepoint and without. Both get the parameters; the
 * first execution, in any of its simple forms, is of the one with the savepoint, if that
 * is still what the database has to be told. Everything else (further executions,
 * batches, meta data, cursors) is done by the ordinary one, before which the database is
 * told.
 * <p>
 * If it fails in a way that leaves open whether the savepoint was set, the transaction is
 * of no use any more, also where the statement has never left the driver.
 */
final class PiggybackStatement implements InvocationHandler {

	/** What both statements can be given alike, and without the server. */
	private static final Set<String> SETTINGS = Set.of("setString", "setLong", "setInt", "setShort", "setByte",
			"setBoolean", "setDouble", "setFloat", "setBigDecimal", "setDate", "setTime", "setTimestamp", "setBytes",
			"setNull", "setArray", "setQueryTimeout", "clearParameters");

	/** Of what the driver makes something at once that does not change any more. */
	private static final Set<String> PACKAGES_OF_VALUES = Set.of("java.lang", "java.math", "java.sql", "java.time",
			"java.util", "org.postgresql.util");

	private static final Set<String> ABOUT_RESULTS = Set.of("getUpdateCount", "getLargeUpdateCount", "getResultSet",
			"getMoreResults", "getGeneratedKeys", "getWarnings", "clearWarnings");

	private final Connection connection;

	private final Connection delegate;

	private final Savepoints savepoints;

	private final String savepoint;

	private final PreparedStatement together;

	private final PreparedStatement ordinary;

	private boolean suitable = true;

	private PreparedStatement executed;

	private PiggybackStatement(Connection connection, Connection delegate, Savepoints savepoints, String savepoint,
			String sql) throws SQLException {
		this.connection = connection;
		this.delegate = delegate;
		this.savepoints = savepoints;
		this.savepoint = savepoint;
		this.ordinary = delegate.prepareStatement(sql);
		this.executed = this.ordinary;
		try {
			this.together = delegate.prepareStatement(savepoint + ";" + sql);
		}
		catch (Throwable ex) {
			this.ordinary.close();
			throw ex;
		}
	}

	/**
	 * Prepares a statement.
	 * @param connection the connection that the statement says it is of
	 * @param delegate the connection it is of
	 * @param savepoints the connection's savepoints
	 * @param sql its text
	 * @return the statement, or {@code null} if there is nothing to take along, or this
	 * statement cannot
	 */
	static @Nullable PreparedStatement prepare(Connection connection, Connection delegate, Savepoints savepoints,
			String sql) throws SQLException {
		String savepoint = savepoints.soleStatement();
		if (savepoint == null || !isOneStatement(sql) || !TransactionStates.executesAsToldTo(delegate)) {
			return null;
		}
		return LazySavepoints.proxy(PreparedStatement.class,
				new PiggybackStatement(connection, delegate, savepoints, savepoint, sql));
	}

	/** An escape as a whole can stand behind nothing. */
	private static boolean isOneStatement(String sql) {
		return !sql.isBlank() && sql.indexOf(';') < 0 && !sql.stripLeading().startsWith("{");
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
			throws Throwable {
		String name = method.getName();
		switch (name) {
			case "equals":
				return arguments != null && proxy == arguments[0];
			case "hashCode":
				return System.identityHashCode(proxy);
			case "toString":
				return this.ordinary.toString();
			case "getConnection":
				return this.connection;
			case "close":
				close();
				return null;
			case "cancel":
				// In another thread, and of no effect on one that is not executing.
				this.together.cancel();
				this.ordinary.cancel();
				return null;
			case "execute", "executeQuery", "executeUpdate", "executeLargeUpdate":
				if (arguments == null && canPiggyback()) {
					return executeTogether(name);
				}
				break;
			default:
				if (ABOUT_RESULTS.contains(name)) {
					return LazySavepoints.call(this.executed, method, arguments);
				}
				if (isSetting(name, arguments)) {
					if (this.suitable) {
						LazySavepoints.call(this.together, method, arguments);
					}
					return LazySavepoints.call(this.ordinary, method, arguments);
				}
				// Something out of the ordinary, such as a large object or a cursor.
				this.suitable = this.suitable && !name.startsWith("set") && !name.equals("closeOnCompletion");
		}
		LazySavepoints.beforeCall(method, this.savepoints);
		if (name.startsWith("execute")) {
			this.suitable = false;
			this.executed = this.ordinary;
		}
		return LazySavepoints.call(this.ordinary, method, arguments);
	}

	private void close() throws SQLException {
		try {
			this.ordinary.close();
		}
		finally {
			this.together.close();
		}
	}

	private static boolean isSetting(String method, @Nullable Object @Nullable [] arguments) {
		return SETTINGS.contains(method) || (method.equals("setObject") && arguments != null && isValue(arguments[1]));
	}

	private static boolean isValue(@Nullable Object value) {
		return value == null || PACKAGES_OF_VALUES.contains(value.getClass().getPackageName());
	}

	private boolean canPiggyback() throws SQLException {
		return this.suitable && this.savepoint.equals(this.savepoints.soleStatement())
				&& this.ordinary.getFetchSize() == 0 && !TransactionStates.isFailed(this.delegate);
	}

	private Object executeTogether(String method) throws SQLException {
		this.suitable = false;
		this.executed = this.together;
		try {
			this.together.execute();
		}
		catch (Throwable ex) {
			this.savepoints.soleStatementOrAnotherFailed(ex);
			throw ex;
		}
		this.savepoints.soleStatementIsTold();
		boolean rows = this.together.getMoreResults();
		return switch (method) {
			case "executeQuery" -> {
				requireRows(rows);
				yield this.together.getResultSet();
			}
			case "executeUpdate" -> {
				requireNoRows(rows);
				yield this.together.getUpdateCount();
			}
			case "executeLargeUpdate" -> {
				requireNoRows(rows);
				yield this.together.getLargeUpdateCount();
			}
			default -> rows;
		};
	}

	private static void requireRows(boolean rows) throws SQLException {
		if (!rows) {
			throw new SQLException("No results were returned by the query.", "02000");
		}
	}

	private static void requireNoRows(boolean rows) throws SQLException {
		if (rows) {
			throw new SQLException("A result was returned when none was expected.", "0100E");
		}
	}

}
