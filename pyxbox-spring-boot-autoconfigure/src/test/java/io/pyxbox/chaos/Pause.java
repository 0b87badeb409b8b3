package io.pyxbox.chaos;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Time that passes while something lasts: a fault, or a call. Not a way to wait for
 * something.
 */
final class Pause {

	private Pause() {
	}

	static void of(Duration duration) {
		if (!duration.isZero()) {
			new CompletableFuture<Void>().completeOnTimeout(null, duration.toNanos(), TimeUnit.NANOSECONDS).join();
		}
	}

}
