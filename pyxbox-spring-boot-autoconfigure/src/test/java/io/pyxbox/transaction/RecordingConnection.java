package io.pyxbox.transaction;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A real connection that remembers what was executed: one text for each round trip.
 */
final class RecordingConnection {

	private final List<String> executed = new ArrayList<>();

	private final Connection delegate;

	RecordingConnection(Connection delegate) {
		this.delegate = delegate;
	}

	Connection proxy() {
		return proxy(Connection.class, this.delegate, (method, arguments, result) -> {
			String text = (arguments.length > 0 && arguments[0] instanceof String sql) ? sql : "";
			return switch (method.getName()) {
				case "createStatement" -> recording(Statement.class, result, "");
				case "prepareStatement" -> recording(PreparedStatement.class, result, text);
				default -> result;
			};
		});
	}

	List<String> executed() {
		return this.executed;
	}

	private Object recording(Class<?> type, @Nullable Object statement, String prepared) {
		return proxy(type, statement, (method, arguments, result) -> {
			if (method.getName().startsWith("execute")) {
				this.executed.add((arguments.length > 0) ? String.valueOf(arguments[0]) : prepared);
			}
			return result;
		});
	}

	private static <T> T proxy(Class<T> type, @Nullable Object target, Listener listener) {
		return type
			.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, arguments) -> {
				try {
					Object result = method.invoke(target, arguments);
					return listener.called(method, (arguments != null) ? arguments : new Object[0], result);
				}
				catch (InvocationTargetException ex) {
					throw ex.getTargetException();
				}
			}));
	}

	@FunctionalInterface
	private interface Listener {

		@Nullable Object called(Method method, Object[] arguments, @Nullable Object result);

	}

}
