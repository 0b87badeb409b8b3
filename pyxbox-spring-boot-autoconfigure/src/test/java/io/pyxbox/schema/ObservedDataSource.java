package io.pyxbox.schema;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Consumer;

import javax.sql.DataSource;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Tells of each statement right before it is prepared, or executed without that.
 */
final class ObservedDataSource extends DelegatingDataSource {

	private final Consumer<String> observer;

	ObservedDataSource(DataSource target, Consumer<String> observer) {
		super(target);
		this.observer = observer;
	}

	@Override
	public Connection getConnection() throws SQLException {
		return observed(Connection.class, super.getConnection());
	}

	private <T> T observed(Class<T> type, T target) {
		return type.cast(Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { type },
				(proxy, method, arguments) -> {
					boolean prepares = method.getName().equals("prepareStatement");
					boolean executes = method.getName().startsWith("execute");
					if ((prepares || executes) && arguments != null && arguments[0] instanceof String sql) {
						this.observer.accept(sql);
					}
					Object result = invoke(target, method, arguments);
					return method.getName().equals("createStatement") ? observed(Statement.class, (Statement) result)
							: result;
				}));
	}

	private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

}
