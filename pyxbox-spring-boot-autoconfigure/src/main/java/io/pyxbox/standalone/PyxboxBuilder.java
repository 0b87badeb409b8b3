package io.pyxbox.standalone;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import javax.sql.DataSource;

import io.pyxbox.EventHeadersContributor;
import io.pyxbox.EventUpcaster;
import io.pyxbox.KeySource;
import io.pyxbox.PayloadCodec;
import io.pyxbox.codec.AesGcmPayloadCodec;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.codec.PayloadCodecs;
import io.pyxbox.dispatch.DelayedLoop;
import io.pyxbox.dispatch.PullConsumers;
import io.pyxbox.dispatch.PullLoops;
import io.pyxbox.dispatch.Puller;
import io.pyxbox.dispatch.RetryPolicy;
import io.pyxbox.dispatch.ThreadStarter;
import io.pyxbox.emit.DefaultTransactionalOutbox;
import io.pyxbox.emit.Deduplication;
import io.pyxbox.emit.EventFactory;
import io.pyxbox.emit.EventHeaders;
import io.pyxbox.emit.EventWriter;
import io.pyxbox.inbox.InboxFactory;
import io.pyxbox.inbox.InboxLifecycle;
import io.pyxbox.inbox.ReceivedHousekeeping;
import io.pyxbox.observe.DeliveryLog;
import io.pyxbox.schema.CurrentSchema;
import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.store.CancellationStore;
import io.pyxbox.store.DeduplicationStore;
import io.pyxbox.store.EventAppender;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.ReceivedStore;
import io.pyxbox.transaction.OutboxTransactions;
import io.pyxbox.transaction.SpringChunkTransactions;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.jdbc.support.JdbcTransactionManager;

/**
 * Describes a {@link Pyxbox}. What is not said is as in an application that sets no
 * properties. Not thread-safe.
 */
public final class PyxboxBuilder {

	private static final int FORGOTTEN_AT_ONCE = 1_000;

	private static final int MAX_PAYLOAD_BYTES = 1024 * 1024;

	private static final int COMPRESSION_THRESHOLD = 4 * 1024;

	private static final int MAX_HEADERS_BYTES = 8 * 1024;

	private static final Duration CONSUMER_RETENTION = Duration.ofDays(7);

	private static final Duration NETWORK_TIMEOUT = Duration.ofSeconds(30);

	private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(20);

	private static final RetryPolicy RETRY = new RetryPolicy(10, Duration.ofMillis(200), 2, Duration.ofMinutes(10), 0.5,
			Set.of());

	private final DataSource dataSource;

	private final List<Class<?>> eventTypes = new ArrayList<>();

	private final Map<String, EventUpcaster> upcasters = new LinkedHashMap<>();

	private final List<EventHeadersContributor> contributors = new ArrayList<>();

	private final List<PayloadCodec> codecs = PayloadCodecs.compressing(COMPRESSION_THRESHOLD, COMPRESSION_THRESHOLD);

	private String codec = PayloadCodecs.PLAIN;

	private @Nullable String schemaName;

	private String tableName = "events";

	private @Nullable SchemaMode schemaMode;

	private JsonMapper mapper = JsonMapper.shared();

	private Duration pollInterval = Duration.ofSeconds(1);

	private Duration deduplicationWindow = Duration.ofHours(1);

	private Duration retention = Duration.ofDays(7);

	PyxboxBuilder(DataSource dataSource) {
		this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
	}

	/**
	 * Names classes of events that are pulled. Those that are emitted are known anyway.
	 * @param types the classes; sealed types stand for all that they permit
	 * @return this builder
	 */
	public PyxboxBuilder eventTypes(Class<?>... types) {
		Collections.addAll(this.eventTypes, types);
		return this;
	}

	/**
	 * Adds what lifts events of earlier versions.
	 * @param upcasters an upcaster for each step
	 * @return this builder
	 */
	public PyxboxBuilder upcasters(EventUpcaster... upcasters) {
		for (EventUpcaster upcaster : upcasters) {
			this.upcasters.put(
					upcaster.type() + ", version " + upcaster.fromVersion() + " (" + (this.upcasters.size() + 1) + ")",
					upcaster);
		}
		return this;
	}

	/**
	 * Sets the schema of the tables; the current schema of the connections by default.
	 * @param name its name
	 * @return this builder
	 */
	public PyxboxBuilder schemaName(String name) {
		this.schemaName = name;
		return this;
	}

	/**
	 * Sets the name of the table of events, which the other tables are named after;
	 * {@code events} by default.
	 * @param name its name
	 * @return this builder
	 */
	public PyxboxBuilder tableName(String name) {
		this.tableName = name;
		return this;
	}

	/**
	 * Sets what happens to the tables first: by default they are migrated if Flyway is on
	 * the class path, else validated.
	 * @param mode what happens
	 * @return this builder
	 */
	public PyxboxBuilder schemaMode(SchemaMode mode) {
		this.schemaMode = mode;
		return this;
	}

	/**
	 * Sets what writes and reads events as JSON.
	 * @param mapper the mapper
	 * @return this builder
	 */
	public PyxboxBuilder mapper(JsonMapper mapper) {
		this.mapper = Objects.requireNonNull(mapper, "mapper");
		return this;
	}

	/**
	 * Adds what adds headers to the events that are emitted. Where two name the same
	 * header, that of the first counts.
	 * @param contributor the contributor
	 * @return this builder
	 */
	public PyxboxBuilder headersContributor(EventHeadersContributor contributor) {
		this.contributors.add(Objects.requireNonNull(contributor, "contributor"));
		return this;
	}

	/**
	 * Adds a codec. It encodes the types whose class names it, and reads what it has
	 * encoded. The codec {@code gzip} is there anyway, and so is {@code zstd} if zstd-jni
	 * is on the class path.
	 * @param codec the codec
	 * @return this builder
	 */
	public PyxboxBuilder codec(PayloadCodec codec) {
		this.codecs.add(Objects.requireNonNull(codec, "codec"));
		return this;
	}

	/**
	 * Adds the codec {@code aes-gcm}.
	 * @param keys the keys that it encrypts with
	 * @return this builder
	 */
	public PyxboxBuilder keySource(KeySource keys) {
		return codec(new AesGcmPayloadCodec(Objects.requireNonNull(keys, "keys")));
	}

	/**
	 * Names the codec for types whose class names none; {@code plain} by default.
	 * @param name the name of a codec
	 * @return this builder
	 */
	public PyxboxBuilder defaultCodec(String name) {
		this.codec = Objects.requireNonNull(name, "name");
		return this;
	}

	private Map<String, EventHeadersContributor> contributors() {
		Map<String, EventHeadersContributor> named = new LinkedHashMap<>();
		this.contributors
			.forEach((each) -> named.put((named.size() + 1) + " of class " + each.getClass().getName(), each));
		return named;
	}

	/**
	 * Sets how long {@code consume} waits until it looks again; a second by default.
	 * @param interval the interval
	 * @return this builder
	 */
	public PyxboxBuilder pollInterval(Duration interval) {
		this.pollInterval = requirePositive("pollInterval", interval);
		return this;
	}

	/**
	 * Sets for how long after an event was emitted, or was due, no other one is stored
	 * under its deduplication key; an hour by default.
	 * @param window for how long
	 * @return this builder
	 */
	public PyxboxBuilder deduplicationWindow(Duration window) {
		this.deduplicationWindow = requirePositive("deduplicationWindow", window);
		return this;
	}

	/**
	 * Sets for how long messages that were received are remembered; seven days by
	 * default.
	 * @param retention for how long
	 * @return this builder
	 */
	public PyxboxBuilder inboxRetention(Duration retention) {
		this.retention = requirePositive("inboxRetention", retention);
		return this;
	}

	private static Duration requirePositive(String name, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw new IllegalArgumentException(name + " must be positive, but is " + value);
		}
		return value;
	}

	/**
	 * Sees to the tables, and creates what was described.
	 * @return an outbox and an inbox, to be closed
	 */
	public Pyxbox build() {
		EventTable table = new EventTable(
				(this.schemaName != null) ? this.schemaName : CurrentSchema.of(this.dataSource), this.tableName);
		SchemaMode mode = (this.schemaMode != null) ? this.schemaMode : SchemaMode.detect();
		new OutboxSchema(table, mode, this.dataSource, null, new StaticListableBeanFactory()).initialize();
		EventTypes types = new EventTypes((text) -> text, this.upcasters);
		this.eventTypes.forEach(types::registerInstantiable);
		types.assignableTo(Object.class).forEach(types::requireReadable);
		PayloadCodecs payloads = new PayloadCodecs(() -> this.codecs, this.codec, Map.of());
		payloads.validate(types);
		EventCodec codec = new EventCodec(this.mapper, MAX_PAYLOAD_BYTES, payloads);
		JdbcTransactionManager manager = new JdbcTransactionManager(this.dataSource);
		OutboxTransactions transactions = new OutboxTransactions(this.dataSource);
		PullConsumers consumers = new PullConsumers(table, this.dataSource, NETWORK_TIMEOUT, Map::of,
				CONSUMER_RETENTION);
		Puller puller = new Puller(table, consumers, new DeliveryLog(table));
		SpringChunkTransactions own = new SpringChunkTransactions(() -> manager, this.dataSource, NETWORK_TIMEOUT);
		PullLoops loops = new PullLoops(own, puller, this.pollInterval, SHUTDOWN_TIMEOUT);
		DelayedLoop delayed = new DelayedLoop(table, this.dataSource, NETWORK_TIMEOUT, this.pollInterval, () -> false,
				loops);
		DefaultTransactionalOutbox outbox = new DefaultTransactionalOutbox(
				new EventFactory(types, codec, new EventHeaders(this::contributors, MAX_HEADERS_BYTES)),
				new EventWriter(transactions, new EventAppender(table), new CancellationStore(table),
						new Deduplication(new DeduplicationStore(table), this.deduplicationWindow), (events) -> {
							loops.wake(events);
							delayed.wake(events);
						}),
				false);
		manager.setTransactionExecutionListeners(List.of(outbox.transactionListener()));
		ReceivedStore received = new ReceivedStore(table);
		InboxLifecycle lifecycle = new InboxLifecycle(consumers, loops,
				new ReceivedHousekeeping(transactions, received, this.retention, FORGOTTEN_AT_ONCE),
				ThreadStarter.ofPlatform(), delayed);
		InboxFactory factory = new InboxFactory(own, transactions, puller, consumers, loops, lifecycle);
		return new Pyxbox(this.dataSource, manager, outbox, factory.create(new InboxFactory.EventReading(types, codec),
				RETRY, new InboxFactory.Receiving(() -> manager, received), outbox), lifecycle)
			.start();
	}

}
