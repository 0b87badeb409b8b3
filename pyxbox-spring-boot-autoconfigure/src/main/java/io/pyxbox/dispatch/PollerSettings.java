package io.pyxbox.dispatch;

import java.time.Duration;

/**
 * How an instance works on its lanes.
 *
 * @param autoStartup whether it starts with the context
 * @param pollInterval how long an event of another instance may go unnoticed
 * @param notifications whether instances tell each other at once
 * @param concurrency how many lanes are worked on at the same time, each with a
 * connection of its own
 * @param spare how many more may be, so that each further consumer has a worker that
 * those before it cannot take
 * @param batchSize how many events one claim reads at most
 * @param shutdownTimeout how long what is in flight may take to end when the poller stops
 * @param networkTimeout how long the engine's own statements wait for a server that has
 * fallen silent
 * @param circuit when a consumer is paused because everything it delivers fails
 * @param consumerRetention for how long the events of a consumer are kept that no
 * instance declares any more
 */
public record PollerSettings(boolean autoStartup, Duration pollInterval, boolean notifications, int concurrency,
		int spare, int batchSize, Duration shutdownTimeout, Duration networkTimeout, CircuitSettings circuit,
		Duration consumerRetention) {

	public PollerSettings {
		require(!pollInterval.isNegative() && !pollInterval.isZero(), "poll-interval must be positive");
		require(concurrency >= 1, "concurrency must be at least 1");
		require(spare >= 0, "spare must not be negative");
		require(batchSize >= 1, "batch-size must be at least 1");
		require(!shutdownTimeout.isNegative(), "shutdown-timeout must not be negative");
		require(!networkTimeout.isNegative(), "network-timeout must not be negative");
	}

	/** How many workers there are for a number of consumers. */
	int workersFor(int consumers) {
		return this.concurrency + Math.min(this.spare, consumers - 1);
	}

	private static void require(boolean condition, String message) {
		if (!condition) {
			throw new IllegalArgumentException(message);
		}
	}

}
