package io.pyxbox.publish.aws;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Answers to questions that are asked when the application starts. It does not wait for
 * them for long: a service that is away is no reason not to start.
 */
public final class Answers {

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private Answers() {
	}

	/**
	 * Waits for answers.
	 * @param answers what is waited for, by what was asked for
	 * @param failure what to look for
	 * @return what has failed in that way, if anything has, in time
	 */
	public static Optional<String> failed(Map<String, ? extends CompletableFuture<?>> answers,
			Class<? extends Exception> failure) {
		long deadline = System.nanoTime() + TIMEOUT.toNanos();
		for (Map.Entry<String, ? extends CompletableFuture<?>> each : answers.entrySet()) {
			try {
				each.getValue().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
			}
			catch (ExecutionException ex) {
				if (failure.isInstance(ex.getCause())) {
					return Optional.of(each.getKey());
				}
			}
			catch (TimeoutException | CancellationException ex) {
				// It will show when events go there.
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return Optional.empty();
			}
		}
		return Optional.empty();
	}

}
