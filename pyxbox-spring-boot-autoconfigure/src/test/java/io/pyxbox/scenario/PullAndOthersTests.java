package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventMetadata;
import io.pyxbox.InboxView;
import io.pyxbox.OutboxConsumer;
import io.pyxbox.OutboxConsumers;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalInbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.TransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Whoever pulls is a consumer as those are that listen: neither is in the way of the
 * other, and none of business transactions (promises 2, 6 and 8).
 */
class PullAndOthersTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void listenersAndThoseWhoPullGetTheSameEventsOnceEach() {
		TestApplication application = start(Listening.class);
		InboxView<Counted> inbox = inbox(application).ofType(Counted.class).register();
		for (int key = 0; key < 20; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 20));
		}

		List<Counted> pulled = new ArrayList<>();
		await().until(() -> {
			inbox.take(50, (events) -> events.forEach((event) -> pulled.add(event.event())));
			return this.tables.events() == 0;
		});

		assertThat(OrderPerKey.violations(pulled, 20, 20)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("listener"), 20, 20)).isEmpty();
	}

	@Test
	void aHandlerThatTakesItsTimeDelaysNoListener() {
		TestApplication application = start(Listening.class);
		InboxView<Object> inbox = inbox(application).register();
		application.outbox().emitAll(counted("a", 1, 3));

		inbox.next((event) -> {
			await().atMost(Duration.ofSeconds(10)).until(() -> this.ledger.size() == 3);
			assertThat(this.tables.events()).as("kept for the inbox").isEqualTo(3);
		});

		assertThat(pullAll(inbox)).containsExactly(new Counted("a", 2), new Counted("a", 3));
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void aTransactionThatHasPulledDelaysNoListener() {
		TestApplication application = start(Listening.class);
		InboxView<Object> inbox = inbox(application).register();
		application.outbox().emitAll(counted("a", 1, 3));

		application.inTransaction(() -> {
			assertThat(inbox.next().map(EventEnvelope::event)).contains(new Counted("a", 1));
			await().atMost(Duration.ofSeconds(10)).until(() -> this.ledger.size() == 3);
		});

		assertThat(pullAll(inbox)).containsExactly(new Counted("a", 2), new Counted("a", 3));
	}

	@Test
	void aListenerThatHangsDelaysNobodyWhoPulls() {
		TestApplication application = start(Hanging.class);
		Gate gate = application.bean(Gate.class);
		InboxView<Object> inbox = inbox(application).register();
		application.outbox().emitAll(counted("a", 1, 3));
		await().until(() -> gate.entered().getCount() == 0);

		List<Object> pulled = pullAll(inbox);

		assertThat(pulled).hasSize(3);
		assertThat(this.tables.events()).as("kept for the listener").isEqualTo(3);
		gate.latch().countDown();
		await().until(() -> this.tables.events() == 0);
	}

	@Test
	void whileAHandlerWaitsThereIsNeitherATransactionIdNorASnapshotNorALockOfARow() {
		TestApplication application = start(App.class);
		TransactionalInbox inbox = inbox(application);
		inbox.register();
		application.outbox().emitAll(counted("a", 1, 3));
		application.outbox().emit(new Counted(null, 4));

		inbox.take(4, (events) -> {
			assertThat(events).hasSize(4);
			await().during(Duration.ofMillis(300)).untilAsserted(() -> {
				assertThat(whoHoldsBackVacuum()).isEmpty();
				assertThat(this.tables.jdbc().sql("select id from events for update nowait").query().listOfRows())
					.hasSize(4);
			});
		});

		assertThat(this.tables.events()).isZero();
	}

	@Test
	void businessTransactionsWaitForNobodyWhoPulls() {
		TestApplication application = start(App.class);
		TransactionalInbox inbox = inbox(application);
		application.outbox().emit(new Counted("a", 1));

		inbox.next((event) -> application.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
			.executeWithoutResult((status) -> {
				application.jdbc().sql("set local lock_timeout = '500ms'").update();
				application.outbox().emit(new Counted("a", 2));
			}));

		assertThat(this.tables.numbers()).containsExactly(2);
	}

	@Test
	void aListenerOfAnotherInstanceGetsWhatWasPulledHere() {
		TestApplication listening = prepare(Listening.class);
		TestApplication pulling = start(App.class);
		pulling.outbox().emitAll(counted("a", 1, 3));

		assertThat(pullAll(inbox(pulling))).hasSize(3);
		listening.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactly(1, 2, 3);
	}

	@Test
	void aListenerKeepsEventsForWhoeverPullsInAnotherInstance() {
		TestApplication listening = start(Listening.class);
		TestApplication pulling = start(App.class);
		InboxView<Object> inbox = inbox(pulling).forConsumer("elsewhere").register();

		listening.outbox().emitAll(counted("a", 1, 3));
		await().until(() -> this.ledger.size() == 3);

		assertThat(pullAll(inbox)).containsExactlyElementsOf(counted("a", 1, 3));
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void theNameOfAListenerIsRefused() {
		TestApplication application = start(Listening.class);
		InboxView<Object> inbox = inbox(application).forConsumer("listener");

		assertThatIllegalArgumentException().isThrownBy(inbox::register).withMessageContaining("'listener' listens");
		assertThatIllegalArgumentException().isThrownBy(() -> inbox.consume((event) -> {
		}));
	}

	@Test
	void aListenerOfTheSameNameInAnotherInstanceKeepsAway() {
		TestApplication pulling = start(App.class);
		InboxView<Object> inbox = inbox(pulling).forConsumer("listener").register();
		TestApplication listening = start(Listening.class);
		listening.outbox().emitAll(counted("a", 1, 2));
		await().until(() -> this.tables.events() == 0);
		listening.stop();
		pulling.outbox().emitAll(counted("a", 3, 4));

		inbox.next((event) -> {
			listening.start();
			await().during(Duration.ofSeconds(1)).until(() -> this.ledger.size() == 2);
		});

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactly(1, 2, 4);
	}

	@Test
	void whoPullsIsListedAndNotForgottenWhileItPulls() {
		TestApplication application = start(App.class);
		TestApplication other = start(App.class);
		InboxView<Object> inbox = inbox(application).forConsumer("billing").register();
		application.outbox().emit(new Counted("a", 1));

		List<OutboxConsumer> listed = application.bean(OutboxConsumers.class).list();

		assertThat(listed).singleElement().satisfies((consumer) -> {
			assertThat(consumer.id()).isEqualTo(new ConsumerId("billing"));
			assertThat(consumer.declared()).isTrue();
			assertThat(consumer.oldestWaitingAt()).isNotNull();
		});
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> application.bean(OutboxConsumers.class).forget(new ConsumerId("billing")))
			.withMessageContaining("declared in this application");
		inbox.next((event) -> assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> other.bean(OutboxConsumers.class).forget(new ConsumerId("billing")))
			.withMessageContaining("receiving events"));
		other.bean(OutboxConsumers.class).forget(new ConsumerId("billing"));
		assertThat(this.tables.count("events_consumer")).isZero();
	}

	@Test
	void twoPullersOfOneConsumerInTwoInstancesShareItsEvents() throws Exception {
		TestApplication one = start(App.class);
		TestApplication two = start(App.class);
		for (int key = 0; key < 10; key++) {
			one.outbox().emitAll(counted("key-" + key, 1, 50));
		}
		CountDownLatch ready = new CountDownLatch(2);

		Future<List<Object>> first = this.threads.submit(() -> pullAllWhen(ready, inbox(one)));
		Future<List<Object>> second = this.threads.submit(() -> pullAllWhen(ready, inbox(two)));

		List<Object> all = new ArrayList<>(result(first));
		all.addAll(result(second));
		assertThat(all).hasSize(500).doesNotHaveDuplicates();
		assertThat(this.tables.events()).isZero();
	}

	private static List<Object> pullAllWhen(CountDownLatch ready, InboxView<Object> inbox) throws InterruptedException {
		ready.countDown();
		ready.await();
		return pullAll(inbox);
	}

	private static TransactionalInbox inbox(TestApplication application) {
		return application.bean(TransactionalInbox.class);
	}

	private static List<Object> pullAll(InboxView<Object> view) {
		List<Object> pulled = new ArrayList<>();
		while (view.next((event) -> pulled.add(event.event()))) {
			assertThat(pulled).hasSizeLessThan(1000);
		}
		return pulled;
	}

	private List<String> whoHoldsBackVacuum() {
		return this.tables.jdbc().sql("""
				select state || ': ' || query from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid()
				  and (backend_xid is not null or backend_xmin is not null)
				""").query(String.class).list();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Listening {

		@Bean
		Writer writer(Ledger ledger) {
			return new Writer(ledger);
		}

	}

	record Writer(Ledger ledger) {

		@OutboxListener(consumer = "listener")
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Hanging {

		@Bean
		Gate gate() {
			return new Gate(new CountDownLatch(1), new CountDownLatch(1));
		}

	}

	record Gate(CountDownLatch entered, CountDownLatch latch) {

		@OutboxListener(consumer = "hanging")
		void on(Counted event) throws InterruptedException {
			this.entered.countDown();
			this.latch.await();
		}

	}

}
