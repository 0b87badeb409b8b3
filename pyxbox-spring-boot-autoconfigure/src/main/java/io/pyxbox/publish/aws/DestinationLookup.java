package io.pyxbox.publish.aws;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Asks a service for destinations when the application starts. A service that does not
 * answer is no reason not to start, and is not asked again. Thread-safe.
 */
public final class DestinationLookup {

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private final Class<? extends Exception> missing;

	private volatile boolean away;

	/**
	 * Creates a lookup.
	 * @param missing how the service says that there is no such destination
	 */
	public DestinationLookup(Class<? extends Exception> missing) {
		this.missing = missing;
	}

	/**
	 * Tells whether the service says that there is no such destination.
	 * @param question asks the service
	 * @return whether it says so
	 */
	public boolean isMissing(Supplier<? extends CompletableFuture<?>> question) {
		if (this.away) {
			return false;
		}
		try {
			question.get().get(TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (ExecutionException ex) {
			if (this.missing.isInstance(ex.getCause())) {
				return true;
			}
			this.away = true;
		}
		catch (TimeoutException | CancellationException ex) {
			this.away = true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			this.away = true;
		}
		return false;
	}

}
