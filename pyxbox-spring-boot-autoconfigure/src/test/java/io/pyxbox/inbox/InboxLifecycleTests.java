package io.pyxbox.inbox;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import io.pyxbox.ConsumerId;
import io.pyxbox.dispatch.PullConsumers;
import io.pyxbox.dispatch.PullLoops;
import io.pyxbox.dispatch.Puller;
import io.pyxbox.dispatch.ThreadStarter;
import io.pyxbox.observe.DeliveryLog;
import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.ReceivedStore;
import io.pyxbox.store.Subscription;
import io.pyxbox.testdatabase.TestDatabase;
import io.pyxbox.transaction.OutboxTransactions;
import io.pyxbox.transaction.SpringChunkTransactions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class InboxLifecycleTests {

	private static final EventTable EVENTS = new EventTable("public", "events");

	private final TestDatabase database = TestDatabase.create();

	private final JdbcClient jdbc = JdbcClient.create(this.database.dataSource());

	private final AtomicInteger threads = new AtomicInteger();

	private PullConsumers consumers;

	private InboxLifecycle lifecycle;

	@BeforeEach
	void startLifecycle() {
		DataSource dataSource = this.database.dataSource();
		new OutboxSchema(EVENTS, SchemaMode.MIGRATE, dataSource, null, new StaticListableBeanFactory()).initialize();
		this.consumers = new PullConsumers(EVENTS, dataSource, Duration.ofSeconds(30), Map::of, Duration.ofDays(7));
		PullLoops loops = new PullLoops(
				new SpringChunkTransactions(() -> new JdbcTransactionManager(dataSource), dataSource,
						Duration.ofSeconds(30)),
				new Puller(EVENTS, this.consumers, new DeliveryLog(EVENTS)), Duration.ofSeconds(1),
				Duration.ofSeconds(1));
		ThreadStarter platform = ThreadStarter.ofPlatform();
		this.lifecycle = new InboxLifecycle(this.consumers, loops,
				new ReceivedHousekeeping(new OutboxTransactions(dataSource), new ReceivedStore(EVENTS),
						Duration.ofDays(7), 10),
				(name, keepsAlive, task) -> {
					this.threads.incrementAndGet();
					platform.start(name, keepsAlive, task);
				}, 20);
		this.lifecycle.start();
	}

	@AfterEach
	void stopLifecycle() {
		this.lifecycle.stop();
		this.database.close();
	}

	@Test
	void anInboxThatNobodyUsesHasNoThread() {
		assertThat(this.threads).hasValue(0);

		this.lifecycle.use();
		this.lifecycle.use();

		assertThat(this.threads).hasValue(1);
	}

	@Test
	void consumersAreStillThereAsLongAsTheApplicationRuns() throws Exception {
		this.consumers.register(new ConsumerId("billing"), new Subscription(Set.of("T"), Set.of()));
		this.jdbc.sql("update events_consumer set last_seen_at = clock_timestamp() - interval '6 days'").update();
		this.lifecycle.use();

		await().until(() -> this.jdbc
			.sql("select last_seen_at > clock_timestamp() - interval '1 minute' from events_consumer")
			.query(Boolean.class)
			.single());
	}

	@Test
	void whatWasReceivedLongAgoIsForgottenUntilNothingOldIsLeft() {
		this.jdbc.sql("""
				insert into events_inbox (consumer, message_id, received_at)
				select 'billing', gen_random_uuid(), clock_timestamp() - interval '8 days' from generate_series(1, 25)
				union all select 'billing', gen_random_uuid(), clock_timestamp()
				""").update();
		this.lifecycle.use();

		await().until(() -> this.jdbc.sql("select count(*) from events_inbox").query(Integer.class).single() == 1);
	}

	@Test
	void whereNobodyListensRetriesOfEventsThatAreGoneAreRemoved() throws Exception {
		this.consumers.register(new ConsumerId("billing"), new Subscription(Set.of("T"), Set.of()));
		this.jdbc.sql("""
				insert into events_retry (consumer, bucket, id, attempts, next_attempt_at, last_error)
				values ('billing', 1, 99, 1, now(), 'x')
				""").update();
		this.lifecycle.use();

		await().until(() -> this.jdbc.sql("select count(*) from events_retry").query(Integer.class).single() == 0);
	}

	@Test
	void afterTheStopNothingGoesOnUntilItIsStartedAgain() {
		this.lifecycle.use();
		this.lifecycle.stop();
		assertThat(this.lifecycle.isRunning()).isFalse();

		this.lifecycle.start();

		assertThat(this.threads).hasValue(2);
		assertThat(this.lifecycle.isRunning()).isTrue();
	}

}
