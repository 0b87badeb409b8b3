package io.pyxbox.standalone;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import javax.sql.DataSource;

import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.dispatch.PullConsumers;
import io.pyxbox.dispatch.PullLoops;
import io.pyxbox.dispatch.Puller;
import io.pyxbox.dispatch.RetryPolicy;
import io.pyxbox.dispatch.ThreadStarter;
import io.pyxbox.emit.DefaultTransactionalOutbox;
import io.pyxbox.emit.EventFactory;
import io.pyxbox.emit.EventWriter;
import io.pyxbox.inbox.InboxFactory;
import io.pyxbox.inbox.InboxLifecycle;
import io.pyxbox.inbox.ReceivedHousekeeping;
import io.pyxbox.observe.DeliveryLog;
import io.pyxbox.schema.CurrentSchema;
import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.schema.SchemaMode;
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

	private static final Duration CONSUMER_RETENTION = Duration.ofDays(7);

	private static final Duration NETWORK_TIMEOUT = Duration.ofSeconds(30);

	private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(20);

	private static final RetryPolicy RETRY = new RetryPolicy(10, Duration.ofMillis(200), 2, Duration.ofMinutes(10), 0.5,
			Set.of());

	private final DataSource dataSource;

	private final List<Class<?>> eventTypes = new ArrayList<>();

	private @Nullable String schemaName;

	private String tableName = "events";

	private @Nullable SchemaMode schemaMode;

	private JsonMapper mapper = JsonMapper.shared();

	private Duration pollInterval = Duration.ofSeconds(1);

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
	 * Sets how long {@code consume} waits until it looks again; a second by default.
	 * @param interval the interval
	 * @return this builder
	 */
	public PyxboxBuilder pollInterval(Duration interval) {
		this.pollInterval = requirePositive("pollInterval", interval);
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
		EventTypes types = new EventTypes((text) -> text);
		this.eventTypes.forEach(types::registerInstantiable);
		EventCodec codec = new EventCodec(this.mapper, MAX_PAYLOAD_BYTES);
		JdbcTransactionManager manager = new JdbcTransactionManager(this.dataSource);
		OutboxTransactions transactions = new OutboxTransactions(this.dataSource);
		PullConsumers consumers = new PullConsumers(table, this.dataSource, NETWORK_TIMEOUT, Map::of,
				CONSUMER_RETENTION);
		Puller puller = new Puller(table, consumers, new DeliveryLog(table));
		SpringChunkTransactions own = new SpringChunkTransactions(() -> manager, this.dataSource, NETWORK_TIMEOUT);
		PullLoops loops = new PullLoops(own, puller, this.pollInterval, SHUTDOWN_TIMEOUT);
		DefaultTransactionalOutbox outbox = new DefaultTransactionalOutbox(new EventFactory(types, codec),
				new EventWriter(transactions, new EventAppender(table), loops::wake), false);
		manager.setTransactionExecutionListeners(List.of(outbox.transactionListener()));
		ReceivedStore received = new ReceivedStore(table);
		InboxLifecycle lifecycle = new InboxLifecycle(consumers, loops,
				new ReceivedHousekeeping(transactions, received, this.retention, FORGOTTEN_AT_ONCE),
				ThreadStarter.ofPlatform());
		InboxFactory factory = new InboxFactory(own, transactions, puller, consumers, loops, lifecycle);
		return new Pyxbox(this.dataSource, manager, outbox, factory.create(new InboxFactory.EventReading(types, codec),
				RETRY, new InboxFactory.Receiving(() -> manager, received), outbox), lifecycle)
			.start();
	}

}
