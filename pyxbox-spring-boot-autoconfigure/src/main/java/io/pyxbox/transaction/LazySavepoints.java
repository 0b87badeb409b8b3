package io.pyxbox.transaction;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A connection on which the savepoints of events cost nothing until they are needed, and
 * then next to nothing.
 * <p>
 * Setting one only takes a note. The database learns of it together with the next use of
 * a statement, if possible in the same round trip (see {@link PiggybackStatement}); if
 * there is none, it never does. So a listener that does not touch the database pays
 * nothing for its events being isolated. Any other savepoint is set at once.
 * <p>
 * Who gets hold of the driver's connection ({@code unwrap}), or of rows that can be
 * updated, could write unseen: from then on all savepoints are set at once.
 * <p>
 * Not thread-safe, as connections are not.
 */
final class LazySavepoints implements InvocationHandler {

	private static final Set<String> WITHOUT_SERVER = Set.of("close", "isClosed", "isWrapperFor", "equals", "hashCode",
			"toString", "setFetchSize", "setMaxRows", "setQueryTimeout", "getWarnings", "cancel");

	private final Connection delegate;

	private final Savepoints savepoints;

	private LazySavepoints(Connection delegate) {
		this.delegate = delegate;
		this.savepoints = new Savepoints(delegate);
	}

	static Connection wrap(Connection delegate) {
		return proxy(Connection.class, new LazySavepoints(delegate));
	}

	static boolean isLazy(Connection connection) {
		return handlerOf(connection) instanceof LazySavepoints;
	}

	/** How many savepoints the database has seen in this transaction. */
	static int count(Connection connection) {
		return (handlerOf(connection) instanceof LazySavepoints lazy) ? lazy.savepoints.told() : 0;
	}

	/** The next savepoint is that of an event. */
	static void eventFollows(Connection connection) {
		if (handlerOf(connection) instanceof LazySavepoints lazy) {
			lazy.savepoints.eventFollows();
		}
	}

	/** Whether only the whole transaction can be rolled back. */
	static boolean areInDoubt(Connection connection) {
		return handlerOf(connection) instanceof LazySavepoints lazy && lazy.savepoints.areInDoubt();
	}

	/** Tells the database of what is noted: whoever comes next is likely to fail. */
	static void tell(Connection connection) throws SQLException {
		if (handlerOf(connection) instanceof LazySavepoints lazy) {
			lazy.savepoints.tell();
		}
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
				return this.savepoints.set((first != null) ? first.toString() : null);
			case "releaseSavepoint":
				if (first instanceof Savepoint savepoint) {
					this.savepoints.release(savepoint);
				}
				return null;
			case "rollback":
				if (first instanceof Savepoint savepoint) {
					this.savepoints.rollback(savepoint);
					return null;
				}
				this.savepoints.forget();
				break;
			case "commit":
				commit();
				return null;
			case "setAutoCommit":
				if (!Boolean.valueOf(this.delegate.getAutoCommit()).equals(first)) {
					this.savepoints.forget();
				}
				break;
			case "close":
				this.savepoints.forget();
				break;
			case "abort":
				break;
			case "unwrap":
				this.savepoints.tellAtOnceFromNowOn();
				break;
			case "getMetaData":
				return wrapMetaData(proxy, call(this.delegate, method, arguments));
			case "prepareStatement":
				if (arguments != null && arguments.length == 1 && first instanceof String sql) {
					return prepare((Connection) proxy, sql);
				}
				return wrapStatement(proxy, method, arguments);
			case "createStatement", "prepareCall":
				return wrapStatement(proxy, method, arguments);
			default:
				if (!asksOnly(method.getName())) {
					this.savepoints.tell();
				}
		}
		return call(this.delegate, method, arguments);
	}

	private void commit() throws SQLException {
		boolean inDoubt = this.savepoints.areInDoubt();
		this.savepoints.forget();
		if (inDoubt) {
			// Or it would be committed as soon as the connection is given back.
			this.delegate.rollback();
			throw new SQLException("A statement failed, and what it did cannot be rolled back alone", "25P02");
		}
		this.delegate.commit();
	}

	private Object prepare(Connection proxy, String sql) throws SQLException {
		PreparedStatement statement = PiggybackStatement.prepare(proxy, this.delegate, this.savepoints, sql);
		return (statement != null) ? statement : wrapStatement(proxy, this.delegate.prepareStatement(sql));
	}

	private static boolean asksOnly(String method) {
		return method.startsWith("get") || method.startsWith("is") || method.startsWith("create");
	}

	private Object wrapStatement(Object connection, Method method, @Nullable Object @Nullable [] arguments)
			throws Throwable {
		if (arguments != null && Arrays.asList(arguments).contains(ResultSet.CONCUR_UPDATABLE)) {
			this.savepoints.tellAtOnceFromNowOn();
		}
		return wrapStatement(connection, call(this.delegate, method, arguments));
	}

	private Object wrapStatement(Object connection, @Nullable Object statement) {
		Class<? extends Statement> type = (statement instanceof CallableStatement) ? CallableStatement.class
				: (statement instanceof PreparedStatement) ? PreparedStatement.class : Statement.class;
		return proxy(type, (proxy, method, arguments) -> {
			if (method.getName().equals("getConnection")) {
				return connection;
			}
			beforeCall(method, this.savepoints);
			return call(statement, method, arguments);
		});
	}

	/** Spring asks for it often, but hardly ever for what only the server knows. */
	private Object wrapMetaData(Object connection, @Nullable Object metaData) {
		return proxy(DatabaseMetaData.class, (proxy, method, arguments) -> {
			if (method.getName().equals("getConnection")) {
				return connection;
			}
			if (method.getName().equals("unwrap")) {
				this.savepoints.tellAtOnceFromNowOn();
			}
			if (method.getReturnType() == ResultSet.class) {
				this.savepoints.tell();
			}
			return call(metaData, method, arguments);
		});
	}

	/** Does what has to be done before a method of a statement is called. */
	static void beforeCall(Method method, Savepoints savepoints) throws Exception {
		if (method.getName().equals("unwrap")) {
			savepoints.tellAtOnceFromNowOn();
		}
		// Not only executing talks to the server: so do large objects and meta data.
		else if (!WITHOUT_SERVER.contains(method.getName())) {
			savepoints.tell();
		}
	}

	static <T> T proxy(Class<T> type, InvocationHandler handler) {
		return type
			.cast(Proxy.newProxyInstance(LazySavepoints.class.getClassLoader(), new Class<?>[] { type }, handler));
	}

	static @Nullable Object call(@Nullable Object target, Method method, @Nullable Object @Nullable [] arguments)
			throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

}
