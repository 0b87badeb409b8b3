package io.pyxbox.scenario;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.sql.DataSource;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Notes each statement that is executed.
 */
final class RecordingDataSource extends DelegatingDataSource {

	private final List<Executed> executed = new CopyOnWriteArrayList<>();

	RecordingDataSource(DataSource target) {
		super(target);
	}

	/**
	 * Returns what puts it around the application's data source.
	 */
	static BeanPostProcessor aroundTheDataSource() {
		return new BeanPostProcessor() {

			@Override
			public Object postProcessAfterInitialization(Object bean, String name) {
				return (bean instanceof DataSource dataSource) ? new RecordingDataSource(dataSource) : bean;
			}

		};
	}

	List<Executed> executed() {
		return this.executed;
	}

	List<String> executedBy(Thread thread) {
		return this.executed.stream()
			.filter((one) -> one.thread().equals(thread.getName()))
			.map(Executed::sql)
			.toList();
	}

	@Override
	public Connection getConnection() throws SQLException {
		return recording(super.getConnection());
	}

	private Connection recording(Connection target) {
		return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { Connection.class },
				(proxy, method, arguments) -> {
					Object result = invoke(target, method, arguments);
					return (result instanceof Statement statement && !method.getName().equals("unwrap"))
							? recording(statement, (arguments != null && arguments[0] instanceof String sql) ? sql : "")
							: result;
				});
	}

	private Statement recording(Statement target, String prepared) {
		Class<?> type = (target instanceof CallableStatement) ? CallableStatement.class
				: (target instanceof PreparedStatement) ? PreparedStatement.class : Statement.class;
		return (Statement) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { type },
				(proxy, method, arguments) -> {
					if (method.getName().startsWith("execute")) {
						String sql = (arguments != null && arguments[0] instanceof String given) ? given : prepared;
						this.executed.add(new Executed(Thread.currentThread().getName(), sql));
					}
					return invoke(target, method, arguments);
				});
	}

	private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	record Executed(String thread, String sql) {
	}

}
