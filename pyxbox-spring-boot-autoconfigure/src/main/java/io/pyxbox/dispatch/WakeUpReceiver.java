package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.pyxbox.store.WakeUpChannel;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Hears of events that other instances have committed, on a connection that it keeps.
 * What it does not hear is found by polling, so it may give up: behind a pooler, where
 * nothing can be heard. {@link #run()} is for one thread.
 */
final class WakeUpReceiver {

	private static final Log logger = LogFactory.getLog(WakeUpReceiver.class);

	private static final Duration RETRY = Duration.ofSeconds(1);

	private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

	/** After this long without a message the server is asked whether it is there. */
	private static final Duration SILENCE = Duration.ofSeconds(30);

	/** For a message to itself. */
	private static final Duration ECHO = Duration.ofSeconds(10);

	private final SessionFactory sessions;

	private final WakeUpChannel channel;

	private final WakeUpSender sender;

	private final Duration networkTimeout;

	private final Consumer<WakeUp> action;

	private final CountDownLatch closed = new CountDownLatch(1);

	private @Nullable Connection listening;

	private Duration retry = RETRY;

	private boolean deaf;

	WakeUpReceiver(SessionFactory sessions, WakeUpChannel channel, WakeUpSender sender, Duration networkTimeout,
			Consumer<WakeUp> action) {
		this.sessions = sessions;
		this.channel = channel;
		this.sender = sender;
		this.networkTimeout = networkTimeout;
		this.action = action;
	}

	/** Listens until it is closed, or there is nothing to be heard. */
	void run() {
		boolean worthwhile = true;
		while (worthwhile && !isClosedAfter(0)) {
			try (Connection connection = this.sessions.open()) {
				worthwhile = adopt(connection) && listen(connection);
			}
			catch (SQLException | RuntimeException ex) {
				logger.debug("Listening for other instances failed", ex);
				worthwhile = !isClosedAfter(Jitter.onTopOf(this.retry.toMillis()));
				this.retry = (this.retry.compareTo(LONGEST_RETRY) < 0) ? this.retry.multipliedBy(2) : this.retry;
			}
			finally {
				adopt(null);
			}
		}
	}

	/** Ends {@link #run()}, also while it waits for the server. */
	synchronized void close() {
		this.closed.countDown();
		try {
			if (this.listening != null) {
				this.listening.abort(Runnable::run);
			}
		}
		catch (SQLException | RuntimeException ex) {
			logger.debug("The connection that listens for other instances could not be closed", ex);
		}
	}

	private synchronized boolean adopt(@Nullable Connection connection) {
		this.listening = connection;
		return this.closed.getCount() > 0;
	}

	/**
	 * Listens until the connection is lost.
	 * @return whether to try again
	 */
	private boolean listen(Connection connection) throws SQLException {
		connection.setNetworkTimeout(Runnable::run, Math.toIntExact(this.networkTimeout.toMillis()));
		if (!this.channel.isDirect(connection)) {
			logger
				.info("Behind a pooler: events of other instances are found by polling (pyxbox.poller.poll-interval)");
			return false;
		}
		this.channel.listen(connection);
		if (!hearsItself(connection)) {
			sayOnceThatNothingIsHeard();
			throw new SQLException("No notification has arrived within " + ECHO.toSeconds() + " s");
		}
		this.retry = RETRY;
		// For what was sent before.
		this.action.accept(new WakeUp(this.sender.sender(), Map.of()));
		while (!isClosedAfter(0)) {
			List<String> messages = this.channel.receive(connection, SILENCE);
			messages.stream().map(WakeUp::decode).filter((wakeUp) -> !isOwn(wakeUp)).forEach(this.action);
			if (messages.isEmpty()) {
				this.channel.listen(connection);
			}
		}
		return false;
	}

	private void sayOnceThatNothingIsHeard() {
		if (!this.deaf) {
			this.deaf = true;
			logger.info("Notifications do not arrive: until they do, events of other instances are found by polling "
					+ "(pyxbox.poller.poll-interval)");
		}
	}

	private boolean hearsItself(Connection connection) throws SQLException {
		this.sender.sendNow(new WakeUp(this.sender.sender(), Map.of()));
		long giveUpAt = System.nanoTime() + ECHO.toNanos();
		while (System.nanoTime() - giveUpAt < 0) {
			List<String> messages = this.channel.receive(connection, Duration.ofSeconds(1));
			if (messages.stream().map(WakeUp::decode).anyMatch(this::isOwn)) {
				return true;
			}
		}
		return false;
	}

	private boolean isOwn(WakeUp wakeUp) {
		return wakeUp.sender().equals(this.sender.sender());
	}

	private boolean isClosedAfter(long millis) {
		try {
			return this.closed.await(millis, TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			return true;
		}
	}

}
