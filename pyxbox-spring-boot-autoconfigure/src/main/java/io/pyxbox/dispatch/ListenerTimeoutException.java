package io.pyxbox.dispatch;

import java.time.Duration;

import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;

/**
 * The failure of a delivery that took too long. The listener was interrupted.
 */
public class ListenerTimeoutException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	ListenerTimeoutException(Duration timeout, @Nullable Throwable cause) {
		super("The listener did not return within " + timeout.toMillis() + " ms and was interrupted", cause);
	}

}
