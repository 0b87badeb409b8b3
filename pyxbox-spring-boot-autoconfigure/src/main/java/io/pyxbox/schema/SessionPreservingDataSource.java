package io.pyxbox.schema;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Lets Flyway change the search path for a transaction only, not for a session. Flyway
 * undoes the change later, but behind PgBouncer in transaction mode it then talks to
 * another session, and the first one would resolve the application's table names in the
 * schema of pyxbox from then on. Our scripts do not need the search path: they qualify
 * all names.
 */
final class SessionPreservingDataSource extends DelegatingDataSource {

	private static final String FOR_SESSION = "SELECT set_config('search_path', ?, false)";

	private static final String FOR_TRANSACTION = "SELECT set_config('search_path', ?, true)";

	SessionPreservingDataSource(DataSource target) {
		super(target);
	}

	@Override
	public Connection getConnection() throws SQLException {
		Connection connection = super.getConnection();
		return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { Connection.class },
				(proxy, method, arguments) -> invoke(connection, method, arguments));
	}

	private static @Nullable Object invoke(Connection connection, Method method, Object @Nullable [] arguments)
			throws Throwable {
		if (arguments != null && arguments.length > 0 && FOR_SESSION.equals(arguments[0])) {
			arguments[0] = FOR_TRANSACTION;
		}
		try {
			return method.invoke(connection, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

}
