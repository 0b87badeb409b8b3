package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import io.pyxbox.DeliveryIsolation;
import io.pyxbox.dispatch.ChunkTransactions.Action;
import io.pyxbox.dispatch.ChunkTransactions.ChunkFailure;
import io.pyxbox.dispatch.ChunkTransactions.ChunkScope;
import io.pyxbox.dispatch.ChunkTransactions.IsolatedFailure;
import io.pyxbox.store.Claim;
import io.pyxbox.store.ClaimRequest;
import io.pyxbox.store.LaneStore;
import io.pyxbox.store.LostClaimException;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.StoredEvent;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Delivers to transactional consumers: a chunk of events in one transaction, which their
 * completion commits with.
 * <ol>
 * <li>Begin; lock the lane and read a chunk.
 * <li>Deliver event by event, each with a savepoint of its own where the consumer wants
 * its events isolated. A failed event is rolled back to its savepoint and holds back its
 * key.
 * <li>Settle the chunk: one {@code DELETE} of what was completed, retries and dead
 * letters for what failed. Commit.
 * </ol>
 * Where the failure of one event cannot be told from that of the chunk (no savepoints, or
 * the commit itself failed), everything is rolled back and the same events are claimed
 * again one by one; the one that fails alone is the one to blame.
 */
final class TransactionalCycle implements LaneCycle {

	private static final Log logger = LogFactory.getLog(TransactionalCycle.class);

	/**
	 * PostgreSQL keeps 64 subtransactions of a backend where others can look at them
	 * quickly; more would slow down every snapshot on the server.
	 */
	private static final int MAX_SAVEPOINTS = 50;

	/**
	 * A chunk that takes longer commits what it has: open transactions hold back vacuum.
	 */
	private static final Duration MAX_DURATION = Duration.ofSeconds(1);

	private static final int MAX_PASSING_FAILURES = 5;

	private final ChunkTransactions transactions;

	private final LaneStore lanes;

	private final SettlementStore settlements;

	private final Watermark watermark;

	private final DeliveryObserver observer;

	private final CallWatch watch;

	TransactionalCycle(ChunkTransactions transactions, LaneStore lanes, SettlementStore settlements,
			Watermark watermark, DeliveryObserver observer, CallWatch watch) {
		this.transactions = transactions;
		this.lanes = lanes;
		this.settlements = settlements;
		this.watermark = watermark;
		this.observer = observer;
		this.watch = watch;
	}

	@Override
	public Map<LaneState, LaneOutcome> run(LaneState lane, Supplier<@Nullable LaneState> more,
			BooleanSupplier stopping) {
		return Map.of(lane, run(lane, stopping));
	}

	private LaneOutcome run(LaneState lane, BooleanSupplier stopping) {
		Attempt attempt = new Attempt(lane, stopping);
		try {
			this.transactions.execute((scope) -> {
				attempt.run(scope);
				return attempt;
			});
		}
		catch (Exception ex) {
			return attempt.rolledBack(ex);
		}
		return attempt.committed();
	}

	/**
	 * One pass over a lane.
	 */
	private final class Attempt {

		private final LaneState lane;

		private final DeliveryTarget target;

		private final BooleanSupplier stopping;

		private final long startedAt = System.nanoTime();

		private final long settledBefore = TransactionalCycle.this.watermark.settled();

		private final ClaimRequest request;

		private @Nullable ChunkRecord chunk;

		private boolean settling;

		private boolean connectionLost;

		private int ceiling = Integer.MAX_VALUE;

		Attempt(LaneState lane, BooleanSupplier stopping) {
			this.lane = lane;
			this.target = lane.target();
			this.stopping = stopping;
			this.request = lane.nextRequest(Integer.MAX_VALUE, null);
		}

		void run(ChunkScope scope) throws Exception {
			scope.ownStatementsFollow();
			Claim claim = TransactionalCycle.this.lanes.claim(scope.connection(), this.request);
			if (!claim.locked()) {
				return;
			}
			ChunkRecord record = new ChunkRecord(this.target, claim);
			this.chunk = record;
			scope.listenerFollows();
			try {
				deliver(record, scope);
			}
			catch (Exception ex) {
				this.connectionLost = scope.isConnectionLost();
				throw ex;
			}
			settle(record, scope);
		}

		private void deliver(ChunkRecord record, ChunkScope scope) throws Exception {
			if (this.target.settings().wholeChunks()) {
				deliverWhole(record, scope);
			}
			else {
				deliverEach(record, scope);
			}
		}

		private void deliverEach(ChunkRecord record, ChunkScope scope) throws Exception {
			boolean isolated = this.target.settings().isolation() == DeliveryIsolation.EVENT && scope.canIsolate();
			for (StoredEvent event : record.deliverable(this.lane.isAlone())) {
				if (record.isHeld(event)) {
					continue;
				}
				if (isTimeToCommit(record, scope)) {
					record.endEarly();
					return;
				}
				deliver(event, record, scope, isolated);
			}
		}

		private void deliver(StoredEvent event, ChunkRecord record, ChunkScope scope, boolean isolated)
				throws Exception {
			try {
				DecodedEvent decoded = this.target.decode(event);
				if (isolated) {
					scope.isolated(() -> call(() -> this.target.deliver(decoded), scope), event.failedAttempts() > 0);
				}
				else {
					callUnisolated(() -> this.target.deliver(decoded), scope);
				}
				record.completed(event);
			}
			catch (UndecodableEventException ex) {
				record.failed(event, ex);
			}
			catch (IsolatedFailure ex) {
				if (ex.reason() instanceof InterruptedException && this.stopping.getAsBoolean()) {
					throw ex;
				}
				record.failed(event, ex.reason());
			}
			finally {
				Interrupts.forgetUnless(this.stopping);
			}
		}

		private void call(Action call, ChunkScope scope) throws Exception {
			TransactionalCycle.this.watch.call(this.target.settings().failures().timeout(), call, scope::cancel);
		}

		private void deliverWhole(ChunkRecord record, ChunkScope scope) throws Exception {
			List<DecodedEvent> decoded = new ArrayList<>();
			DecodingLimit limit = new DecodingLimit();
			for (StoredEvent event : record.deliverable(this.lane.isAlone())) {
				if (record.isHeld(event)) {
					continue;
				}
				if (limit.excludes(event)) {
					record.endEarly();
					break;
				}
				try {
					decoded.add(limit.add(this.target.decode(event)));
				}
				catch (UndecodableEventException ex) {
					record.failed(event, ex);
				}
			}
			if (!decoded.isEmpty()) {
				callUnisolated(() -> this.target.deliverAll(decoded), scope);
				decoded.forEach((event) -> record.completed(event.stored()));
			}
		}

		private void callUnisolated(Action call, ChunkScope scope) throws ChunkFailure {
			try {
				call(call, scope);
				scope.requireUsable();
			}
			catch (Throwable ex) {
				throw new ChunkFailure(ex);
			}
		}

		/** However long it took to get here, one event has its turn. */
		private boolean isTimeToCommit(ChunkRecord record, ChunkScope scope) {
			return scope.savepoints() >= MAX_SAVEPOINTS || this.stopping.getAsBoolean()
					|| (record.handled() > 0 && elapsed().compareTo(MAX_DURATION) > 0);
		}

		private void settle(ChunkRecord record, ChunkScope scope) throws SQLException {
			// What a persistence context holds back takes its row locks before ours.
			scope.flush();
			this.settling = true;
			scope.ownStatementsFollow();
			TransactionalCycle.this.settlements.settle(scope.connection(), this.lane.lane(), record.settlement());
			this.ceiling = (scope.savepoints() > 0) ? MAX_SAVEPOINTS : Integer.MAX_VALUE;
		}

		LaneOutcome committed() {
			ChunkRecord record = this.chunk;
			if (record == null) {
				return new LaneOutcome.Busy();
			}
			Claim claim = record.claim();
			this.lane.hasRead(this.request.fromId(), record.progress(this.request.held(), this.settledBefore));
			this.lane.suspect(record.suspect());
			this.lane.handled(record.handled());
			this.lane.batchSize().adapt(claim.events(), elapsed(), this.ceiling);
			record.tell(TransactionalCycle.this.observer);
			return record.outcome();
		}

		LaneOutcome rolledBack(Exception cause) {
			logger.debug("A transaction of consumer '" + this.target.consumer() + "' was rolled back", cause);
			ChunkRecord record = this.chunk;
			boolean blameless = !(cause instanceof ChunkFailure) && DatabaseTrouble.isCauseOf(cause);
			if (record == null || record.claim().events().isEmpty() || blameless || isPassing(cause)) {
				return new LaneOutcome.Broken(cause);
			}
			if (cause instanceof LostClaimException || isInterrupt(cause)) {
				return new LaneOutcome.More();
			}
			List<StoredEvent> events = record.claim().events();
			if (events.size() > 1) {
				this.lane.isolateNext(events.size());
				return new LaneOutcome.More();
			}
			Throwable reason = (cause instanceof ChunkFailure failure) ? failure.reason() : cause;
			return recordFailure(events.get(0), reason);
		}

		/**
		 * The connection was lost under a listener, or statements of the engine's or the
		 * commit's failed that may succeed another time. Nobody is to blame, unless it
		 * happens over and over: a listener may idle until the server has had enough of
		 * it, or bring down its session.
		 */
		private boolean isPassing(Exception cause) {
			boolean lost = this.connectionLost && DatabaseTrouble.isCauseOf(cause);
			if (!lost && !(this.settling && DatabaseTrouble.isPassing(cause))) {
				return false;
			}
			this.lane.batchSize().halve();
			return this.lane.passingFailure() % MAX_PASSING_FAILURES != 0;
		}

		private boolean isInterrupt(Exception cause) {
			return this.stopping.getAsBoolean() && (cause instanceof InterruptedException
					|| cause.getCause() instanceof InterruptedException || Thread.currentThread().isInterrupted());
		}

		/** The event's own transaction is gone, so its failure is recorded in another. */
		private LaneOutcome recordFailure(StoredEvent event, Throwable cause) {
			try {
				ClaimRequest alone = new ClaimRequest(this.lane.lane(), this.target.subscription(), 0, Map.of(),
						event.id(), 1, null);
				ChunkRecord failure = TransactionalCycle.this.transactions.execute((scope) -> {
					scope.ownStatementsFollow();
					ChunkRecord record = new ChunkRecord(this.target,
							TransactionalCycle.this.lanes.claim(scope.connection(), alone));
					// The lane was free in between: somebody may have counted this
					// attempt.
					record.claim()
						.events()
						.stream()
						.filter((found) -> found.failedAttempts() == event.failedAttempts())
						.forEach((found) -> record.failed(found, cause));
					TransactionalCycle.this.settlements.settle(scope.connection(), this.lane.lane(),
							record.settlement());
					return record;
				});
				failure.tell(TransactionalCycle.this.observer);
				this.lane.handled(1);
				return new LaneOutcome.More();
			}
			catch (Exception ex) {
				return new LaneOutcome.Broken(ex);
			}
		}

		private Duration elapsed() {
			return Duration.ofNanos(System.nanoTime() - this.startedAt);
		}

	}

}
