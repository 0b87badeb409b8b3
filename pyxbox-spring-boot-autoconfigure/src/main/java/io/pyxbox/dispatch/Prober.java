package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.pyxbox.store.Buckets;
import io.pyxbox.store.TableLook;
import io.pyxbox.store.TableObserver;
import io.pyxbox.store.WaitingKind;
import io.pyxbox.store.WriterSample;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Looks for events that nobody told this instance of: one cheap statement, whatever the
 * number of consumers; and keeps the watermark up to date while there is work. Used by
 * one thread.
 */
final class Prober {

	private static final Log logger = LogFactory.getLog(Prober.class);

	private static final long SWEEP_NANOS = TimeUnit.MINUTES.toNanos(1);

	/** A chunk of events may take a second until it is settled. */
	private static final Duration SHORT = Duration.ofMillis(1_500);

	private final ClaimConnections connections;

	private final TableObserver observer;

	private final LaneBoard board;

	private final Watermark watermark;

	private final LaneScheduler scheduler;

	private final AtomicBoolean worked = new AtomicBoolean(true);

	private long sweptAt = System.nanoTime() - SWEEP_NANOS;

	private boolean timeoutsChecked;

	private List<String> reported = List.of();

	/** Also ids that nobody here takes have to settle, for hints to pass them. */
	private boolean moreDrawn;

	Prober(ClaimConnections connections, TableObserver observer, LaneBoard board, Watermark watermark,
			LaneScheduler scheduler) {
		this.connections = connections;
		this.observer = observer;
		this.board = board;
		this.watermark = watermark;
		this.scheduler = scheduler;
	}

	/** Told by the workers that events are moving. */
	void worked() {
		this.worked.set(true);
	}

	/**
	 * Looks once.
	 * @return whether to look again soon
	 */
	boolean probe() throws SQLException {
		return this.connections.inAutoCommit((connection) -> {
			if (!this.timeoutsChecked) {
				warnOfTimeouts(this.observer.shortTimeouts(connection, SHORT));
				this.timeoutsChecked = true;
			}
			if (System.nanoTime() - this.sweptAt >= SWEEP_NANOS) {
				this.sweptAt = System.nanoTime();
				sweep(connection);
			}
			boolean moving = this.worked.getAndSet(false);
			if (moving || !this.watermark.isSettled() || this.moreDrawn) {
				sampleWriters(connection);
			}
			TableLook look = this.observer.look(connection, this.board.lowestHints());
			if (this.watermark.isAheadOf(look.lastDrawnId())) {
				startOver();
				return true;
			}
			this.moreDrawn = look.lastDrawnId() > this.watermark.settled();
			this.board.forEachBehind(look.newestIds(), this.scheduler::signal);
			return moving;
		});
	}

	private static void warnOfTimeouts(List<String> settings) {
		if (!settings.isEmpty()) {
			logger.warn("The database ends what takes longer than " + String.join(", ", settings)
					+ ". A chunk of events, or a transactional listener that waits for something, may take longer: "
					+ "consider other values for this application's role (ALTER ROLE ... SET ...).");
		}
	}

	/** The safety net: look at everything once, whatever the hints say. */
	private void sweep(Connection connection) throws SQLException {
		long[] newest = this.observer.look(connection, new long[Buckets.COUNT]).newestIds();
		this.board.all().stream().filter((lane) -> newest[lane.lane().bucket()] >= 0).forEach((lane) -> {
			lane.sweep();
			this.scheduler.signal(lane);
		});
		if (Arrays.stream(newest).anyMatch((id) -> id >= 0)) {
			reportLeftAlone(this.observer.waitingKinds(connection));
		}
	}

	private void reportLeftAlone(List<WaitingKind> waiting) {
		List<String> leftAlone = waiting.stream()
			.filter((kind) -> !this.board.isWaitedFor(kind))
			.map(WaitingKind::toString)
			.sorted()
			.toList();
		if (!leftAlone.isEmpty() && !leftAlone.equals(this.reported)) {
			logger.warn(
					"Events wait in the outbox that no listener or publisher of this application takes, or takes any more: "
							+ String.join("; ", leftAlone)
							+ ". They stay until one does, here or in another instance.");
		}
		this.reported = leftAlone;
	}

	private void sampleWriters(Connection connection) throws SQLException {
		WriterSample sample = this.observer.sampleWriters(connection);
		if (this.watermark.isAheadOf(sample.lastDrawnId())) {
			startOver();
		}
		this.watermark.offer(sample);
	}

	/** The table was restored or truncated: nothing known before counts. */
	private void startOver() {
		logger.info("The ids of the outbox's events have gone backwards: reading starts from the beginning again");
		this.watermark.reset();
		this.board.forgetHints();
	}

}
