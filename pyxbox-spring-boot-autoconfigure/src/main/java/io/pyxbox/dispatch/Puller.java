package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.Buckets;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Lane;
import io.pyxbox.store.Pull;
import io.pyxbox.store.PullRequest;
import io.pyxbox.store.PullStore;
import io.pyxbox.store.PulledBefore;
import io.pyxbox.store.Settlement;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.StoredEvent;
import io.pyxbox.store.Subscription;
import io.pyxbox.store.TableObserver;
import io.pyxbox.store.WriterSample;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Claim and settle, for those who pull: in transactions of theirs. Thread-safe.
 */
public final class Puller {

	private static final Log logger = LogFactory.getLog(Puller.class);

	/** As often as there is something to learn, while events are moving. */
	private static final long SAMPLE_NANOS = Duration.ofMillis(100).toNanos();

	private static final long IDLE_SAMPLE_NANOS = Duration.ofSeconds(5).toNanos();

	/** Deeper is not needed: what others have locked is left out the next time. */
	private static final int MAX_DEPTH = 256;

	private final EventTable table;

	private final PullStore store;

	private final PullConsumers consumers;

	private final DeliveryObserver observer;

	private final TableObserver tableObserver;

	private final Map<View, PullHints> hints = new ConcurrentHashMap<>();

	private final Watermark watermark = new Watermark();

	private long sampledAt = System.nanoTime() - SAMPLE_NANOS;

	/**
	 * Creates a puller.
	 * @param table the outbox's tables
	 * @param consumers those who pull
	 * @param observer is told of events that cannot be handled
	 */
	public Puller(EventTable table, PullConsumers consumers, DeliveryObserver observer) {
		this.table = table;
		this.store = new PullStore(table);
		this.consumers = consumers;
		this.observer = observer;
		this.tableObserver = new TableObserver(table);
	}

	/**
	 * Pulls the next events that nobody else has.
	 * @param connection a connection in a transaction, in which they have to be settled
	 * @param target who pulls
	 * @param limit how many events at most
	 * @param before what the transaction has pulled before
	 * @param first whether the transaction has executed nothing yet, and does nothing
	 * else before
	 * @return the events
	 * @throws SQLException if the database refuses
	 */
	public PulledChunk pull(Connection connection, DeliveryTarget target, int limit, PulledBefore before, boolean first)
			throws SQLException {
		PullHints known = hintsOf(target);
		Map<Long, Long> knownToWait = known.waiting();
		Map<Long, Long> waiting = new HashMap<>(knownToWait);
		int depth = Math.max(known.depth(), (limit + Buckets.COUNT - 1) / Buckets.COUNT);
		Set<Long> passedOver = new HashSet<>();
		boolean firstStatement = first;
		while (true) {
			long settled = settled();
			PullHints.Start start = known.start();
			Pull pull = this.store.pull(connection,
					new PullRequest(target.consumer(), target.subscription(), start.fromIds(), before, passedOver,
							limit, depth, firstStatement, target.knownVersions(), waiting));
			firstStatement = false;
			if (before.isNothing() && passedOver.isEmpty() && waiting.isEmpty()) {
				known.hasRead(start, pull, settled);
			}
			if (!pull.waiting().isEmpty()) {
				waiting.putAll(pull.waiting());
				if (known.waiting(waiting)) {
					reportWaiting(target);
				}
			}
			boolean others = passedOver.addAll(pull.lockedByOthers()) || !pull.waiting().isEmpty()
					|| depth < Math.max(limit, MAX_DEPTH);
			boolean more = pull.overtaken() || (pull.deeper() && others);
			if (pull.events().size() >= Math.min(limit, PullStore.MAX_LOCKS) || !more) {
				if (waiting.size() == knownToWait.size()) {
					// What waits is passed over the next time.
					known.foundAt(depth);
				}
				return new PulledChunk(target, pull.events());
			}
			depth = Math.min(depth * 4, Math.max(limit, MAX_DEPTH));
		}
	}

	private static void reportWaiting(DeliveryTarget target) {
		logger.warn("Events wait for consumer '" + target.consumer() + "' that are of later versions than the classes "
				+ "of this application, which knows " + target.knownVersions() + ". They and the later events of their "
				+ "keys stay until an instance of a newer version of the application takes them.");
	}

	private PullHints hintsOf(DeliveryTarget target) {
		return this.hints.computeIfAbsent(new View(target.consumer(), target.subscription()),
				(view) -> new PullHints());
	}

	/**
	 * Completes the events that were pulled and could be handled, in the transaction that
	 * has pulled them.
	 * @param connection the connection that has pulled them
	 * @param chunks the events
	 * @throws SQLException if the database refuses
	 * @throws io.pyxbox.store.LostClaimException if an event is no longer there
	 */
	public void complete(Connection connection, List<PulledChunk> chunks) throws SQLException {
		sampleWriters(connection, SAMPLE_NANOS);
		chunks.forEach(PulledChunk::handled);
		settle(connection, chunks);
	}

	/**
	 * To be called before events are completed that were pulled one by one.
	 * @param connection the connection that has pulled them
	 * @param number the number of the last pull that counts
	 * @throws SQLException if the database refuses
	 * @throws io.pyxbox.PyxboxException if the transaction was rolled back to a savepoint
	 * from before it
	 */
	public void requireLast(Connection connection, int number) throws SQLException {
		this.store.requireLast(connection, number);
	}

	/**
	 * To be called in place of {@link #complete} where nothing was pulled.
	 * @param connection the connection that was to pull
	 * @throws SQLException if the database refuses
	 */
	public void idle(Connection connection) throws SQLException {
		sampleWriters(connection, IDLE_SAMPLE_NANOS);
	}

	/**
	 * In the order of the buckets and, in each of them, of the ids, as everybody does:
	 * they were not pulled in it.
	 */
	private void settle(Connection connection, List<PulledChunk> chunks) throws SQLException {
		SettlementStore settlements = this.consumers.settlements();
		for (Map.Entry<Integer, Map<ConsumerId, Settlement>> bucket : byBucket(chunks).entrySet()) {
			if (bucket.getValue().size() > 1) {
				settlements.lock(connection, bucket.getKey(), bucket.getValue());
			}
			for (Map.Entry<ConsumerId, Settlement> each : bucket.getValue().entrySet()) {
				settlements.settle(connection, Lane.of(this.table, each.getKey(), bucket.getKey()), each.getValue());
			}
		}
	}

	private static Map<Integer, Map<ConsumerId, Settlement>> byBucket(List<PulledChunk> chunks) {
		Map<Integer, Map<ConsumerId, Settlement>> settlements = new TreeMap<>();
		chunks.forEach((chunk) -> chunk.records()
			.forEach((bucket, record) -> settlements
				.computeIfAbsent(bucket, (key) -> new TreeMap<>(Comparator.comparing(ConsumerId::value)))
				.merge(chunk.target().consumer(), record.settlement(), Settlement::and)));
		return settlements;
	}

	/**
	 * Says what became of events, once it is committed.
	 * @param chunk the events
	 */
	public void tell(PulledChunk chunk) {
		chunk.records().values().forEach((record) -> record.tell(this.observer));
	}

	/**
	 * Records that the only event of a chunk has failed, in a transaction after the one
	 * that was rolled back. Somebody else may have the event by now, or may have counted
	 * the attempt: then nothing is recorded.
	 * @param connection a connection in a transaction that has executed nothing yet
	 * @param chunk the chunk that was rolled back
	 * @param cause what the event failed with
	 * @return what to {@linkplain #tell tell} after the commit
	 * @throws SQLException if the database refuses
	 */
	public PulledChunk fail(Connection connection, PulledChunk chunk, Throwable cause) throws SQLException {
		PulledChunk.Item item = chunk.single();
		StoredEvent event = item.event().stored();
		long[] fromIds = new long[Buckets.COUNT];
		Arrays.fill(fromIds, Long.MAX_VALUE);
		fromIds[item.bucket()] = event.id();
		DeliveryTarget target = chunk.target();
		Pull pull = this.store.pull(connection, new PullRequest(target.consumer(), target.subscription(), fromIds,
				PulledBefore.NOTHING, Set.of(), 1, 1, true));
		PulledChunk failed = new PulledChunk(target,
				pull.events()
					.stream()
					.filter((found) -> found.stored().id() == event.id()
							&& found.stored().failedAttempts() == event.failedAttempts())
					.toList());
		failed.failed(cause);
		settle(connection, List.of(failed));
		return failed;
	}

	private synchronized long settled() {
		return this.watermark.settled();
	}

	/**
	 * Not before the handler is called: the last of these statements leaves a snapshot
	 * behind.
	 */
	private synchronized void sampleWriters(Connection connection, long interval) throws SQLException {
		if (System.nanoTime() - this.sampledAt < interval) {
			return;
		}
		this.sampledAt = System.nanoTime();
		WriterSample sample = this.tableObserver.sampleWriters(connection);
		if (this.watermark.isAheadOf(sample.lastDrawnId())) {
			this.watermark.reset();
			this.hints.values().forEach(PullHints::forget);
		}
		this.watermark.offer(sample);
	}

	/**
	 * What hints are about.
	 *
	 * @param consumer who pulls
	 * @param subscription which events
	 */
	private record View(ConsumerId consumer, Subscription subscription) {
	}

}
