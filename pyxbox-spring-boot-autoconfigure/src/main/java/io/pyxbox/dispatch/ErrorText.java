package io.pyxbox.dispatch;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

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
		return storable(cause.toString(), MAX_LINE);
	}

	static @Nullable String message(Throwable cause) {
		String message = cause.getMessage();
		return (message != null) ? storable(message, MAX_MESSAGE) : null;
	}

	static String stackTrace(Throwable cause) {
		StringWriter text = new StringWriter();
		cause.printStackTrace(new PrintWriter(text));
		return storable(text.toString(), MAX_STACK_TRACE);
	}

	private static String storable(String text, int maxLength) {
		String bounded = (text.length() <= maxLength) ? text : text.substring(0, maxLength);
		// A surrogate without its other half would not survive the way to the database.
		return new String(bounded.replace('\0', ' ').getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
	}

}
