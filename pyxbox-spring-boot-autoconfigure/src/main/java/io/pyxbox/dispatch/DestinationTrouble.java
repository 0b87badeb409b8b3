package io.pyxbox.dispatch;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.concurrent.TimeoutException;

import io.pyxbox.DestinationUnavailableException;

/**
 * Tells a destination that cannot be reached, or cannot work at the moment, from an event
 * that cannot be delivered.
 */
final class DestinationTrouble {

	/** Known by their names: their libraries need not be there. */
	private static final String SERVER_ERROR = "org.springframework.web.client.HttpServerErrorException";

	private static final String HTTP_TIMEOUT = "java.net.http.HttpTimeoutException";

	private DestinationTrouble() {
	}

	/** The listener itself says so. */
	static boolean isDeclaredBy(Throwable failure) {
		return Causes.any(failure, DestinationUnavailableException.class::isInstance);
	}

	/** There is nobody at the address: that is never about what would have been said. */
	static boolean isRefusal(Throwable failure) {
		return Causes.any(failure, (cause) -> cause instanceof ConnectException
				|| cause instanceof NoRouteToHostException || cause instanceof UnknownHostException);
	}

	/** If many events in a row fail like this, it is not about any of them. */
	static boolean isCauseOf(Throwable failure) {
		return isDeclaredBy(failure) || isRefusal(failure) || DatabaseTrouble.isCauseOf(failure)
				|| Causes.any(failure, DestinationTrouble::isOfTheNetwork);
	}

	/**
	 * Subclasses of {@code IOException} are also thrown for content that cannot be read.
	 */
	private static boolean isOfTheNetwork(Throwable cause) {
		return cause instanceof SocketException || cause instanceof InterruptedIOException
				|| cause instanceof TimeoutException || cause instanceof ListenerTimeoutException
				|| cause.getClass() == IOException.class || isNamed(cause, SERVER_ERROR)
				|| isNamed(cause, HTTP_TIMEOUT);
	}

	private static boolean isNamed(Throwable cause, String name) {
		for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
			if (type.getName().equals(name)) {
				return true;
			}
		}
		return false;
	}

}
