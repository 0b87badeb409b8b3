package io.pyxbox.dispatch;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What is kept of an exception: bounded, and only what PostgreSQL can store in a text.
 */
final class ErrorText {

	private static final int MAX_LINE = 1_000;

	private static final int MAX_MESSAGE = 10_000;

	private static final int MAX_STACK_TRACE = 20_000;

	private ErrorText() {
	}

	static String line(Throwable cause) {
		return storable(read(cause::toString, cause.getClass().getName()), MAX_LINE);
	}

	static @Nullable String message(Throwable cause) {
		String message = read(cause::getMessage, "");
		return message.isEmpty() ? null : storable(message, MAX_MESSAGE);
	}

	static String stackTrace(Throwable cause) {
		return storable(read(() -> {
			StringWriter text = new StringWriter();
			cause.printStackTrace(new PrintWriter(text));
			return text.toString();
		}, cause.getClass().getName()), MAX_STACK_TRACE);
	}

	/** Exceptions are other people's code: what they say of themselves may fail. */
	private static String read(Supplier<@Nullable String> text, String otherwise) {
		try {
			String read = text.get();
			return (read != null) ? read : otherwise;
		}
		catch (RuntimeException | StackOverflowError ex) {
			return otherwise;
		}
	}

	private static String storable(String text, int maxLength) {
		String bounded = (text.length() <= maxLength) ? text : text.substring(0, maxLength);
		// A surrogate without its other half would not survive the way to the database.
		return new String(bounded.replace('\0', ' ').getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
	}

}
