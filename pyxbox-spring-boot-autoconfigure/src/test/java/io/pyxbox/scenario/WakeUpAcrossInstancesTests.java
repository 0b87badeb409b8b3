package io.pyxbox.scenario;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.WakeUpChannel;
import io.pyxbox.testdatabase.TestDatabase;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An instance hears at once of events of another that it can deliver and the other
 * cannot, or not now. The next poll is an hour away.
 */
@ExtendWith(OutputCaptureExtension.class)
class WakeUpAcrossInstancesTests extends Scenario {

	private static final String EMITS_ONLY = "pyxbox.poller.auto-startup=false";

	private static final String WITHOUT_NOTIFICATIONS = "pyxbox.poller.notifications=false";

	WakeUpAcrossInstancesTests() {
		super(TestDatabase.server().withoutPooler().createDatabase());
	}

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void ofOneThatDeliversNothing() {
		start(WakeUpTests.Plain.class, WakeUpTests.RARE_POLLS);
		TestApplication emitter = start(WakeUpTests.Plain.class, EMITS_ONLY);
		awaitListening(1);

		for (int number = 1; number <= 20; number++) {
			emitter.outbox().emit(new Counted("key-" + number, number));
		}

		soon().until(() -> this.ledger.size() == 20);
		soon().until(() -> this.tables.events() == 0);
	}

	@Test
	void ofOneThatHasOtherConsumers() {
		start(WakeUpTests.Plain.class, WakeUpTests.RARE_POLLS);
		TestApplication other = start(Other.class, WakeUpTests.RARE_POLLS);
		awaitListening(2);

		other.outbox().emit(new Counted("a", 1));

		soon().until(() -> this.ledger.size() == 2);
		soon().until(() -> this.tables.events() == 0);
	}

	@Test
	void ofOneThatHasNoWorkerLeft() throws Exception {
		TestApplication busy = start(WakeUpTests.Gated.class, WakeUpTests.RARE_POLLS, "pyxbox.poller.concurrency=1");
		busy.outbox().emit(new Counted("a", 1));
		WakeUpTests.Gated.Listener gate = busy.bean(WakeUpTests.Gated.Listener.class);
		assertThat(gate.entered().await(20, TimeUnit.SECONDS)).isTrue();
		TestApplication free = start(WakeUpTests.Gated.class, WakeUpTests.RARE_POLLS);
		free.bean(WakeUpTests.Gated.Listener.class).latch().countDown();
		awaitListening(2);

		List<Counted> others = range(1, 20).stream().map((number) -> new Counted("key-" + number, number)).toList();
		busy.outbox().emitAll(others);

		soon().until(() -> this.ledger.size() >= 15);
		gate.latch().countDown();
		soon().until(() -> this.ledger.size() == 21);
	}

	@Test
	void ofOneThatDoesNotGetTheLane() throws Exception {
		WakeUpChannel channel = new WakeUpChannel(new EventTable("public", "events"));
		TestApplication owner = start(WakeUpTests.Gated.class, WakeUpTests.RARE_POLLS, "pyxbox.poller.concurrency=4");
		owner.outbox().emit(new Counted("a", 1));
		WakeUpTests.Gated.Listener gate = owner.bean(WakeUpTests.Gated.Listener.class);
		assertThat(gate.entered().await(20, TimeUnit.SECONDS)).isTrue();
		TestApplication other = start(WakeUpTests.Gated.class, WakeUpTests.RARE_POLLS, "pyxbox.poller.concurrency=4");
		other.bean(WakeUpTests.Gated.Listener.class).latch().countDown();
		awaitListening(2);
		try (Connection connection = this.database.dataSource().getConnection()) {
			channel.listen(connection);

			await().untilAsserted(() -> {
				other.outbox().emit(new Counted("a", 2));
				assertThat(channel.receive(connection, Duration.ofMillis(100))).isNotEmpty();
			});
		}

		gate.latch().countDown();
		soon().until(() -> this.tables.events() == 0);
	}

	@Test
	void alsoAfterItsSessionWasTerminatedAndOfWhatCameInBetween() {
		start(WakeUpTests.Plain.class, WakeUpTests.RARE_POLLS);
		TestApplication emitter = start(WakeUpTests.Plain.class, EMITS_ONLY);
		awaitListening(1);

		int session = listening().get(0);
		this.tables.jdbc().sql("select pg_terminate_backend(?)").param(session).query(Boolean.class).single();
		emitter.outbox().emit(new Counted("in between", 1));

		soon().until(() -> this.ledger.size() == 1);
		soon().until(() -> !listening().isEmpty() && !listening().contains(session));
		emitter.outbox().emit(new Counted("afterwards", 2));
		soon().until(() -> this.ledger.size() == 2);
	}

	@Test
	void nothingIsSentThatNobodyElseNeeds() throws SQLException {
		WakeUpChannel channel = new WakeUpChannel(new EventTable("public", "events"));
		try (Connection connection = this.database.dataSource().getConnection()) {
			// Enough workers for one to be free although another has not quite ended yet.
			TestApplication application = start(WakeUpTests.Plain.class, WakeUpTests.RARE_POLLS,
					"pyxbox.poller.concurrency=4");
			awaitListening(1);
			application.outbox().emit(new Counted("warm up", 0));
			await().until(() -> this.tables.events() == 0);
			channel.listen(connection);

			for (int number = 1; number <= 50; number++) {
				application.outbox().emit(new Counted("a", number));
				await().until(() -> this.tables.events() == 0);
			}
			start(WakeUpTests.Plain.class, EMITS_ONLY).outbox().emit(new Counted("the last", 51));

			assertThat(channel.receive(connection, Duration.ofSeconds(20))).hasSize(1);
		}
	}

	@Test
	void notIfItIsSwitchedOff() {
		start(WakeUpTests.Plain.class, "pyxbox.poller.poll-interval=100ms", WITHOUT_NOTIFICATIONS);
		TestApplication emitter = start(WakeUpTests.Plain.class, EMITS_ONLY, WITHOUT_NOTIFICATIONS);

		emitter.outbox().emit(new Counted("a", 1));

		soon().until(() -> this.ledger.size() == 1);
		assertThat(listening()).isEmpty();
	}

	@Test
	void itsConnectionEndsWithIt(CapturedOutput output) {
		TestApplication application = start(WakeUpTests.Plain.class, WakeUpTests.RARE_POLLS);
		awaitListening(1);

		application.stop();

		soon().until(() -> listening().isEmpty());
		application.start();
		awaitListening(1);
		application.close();
		soon().until(() -> listening().isEmpty());
		assertThat(Complaints.in(output)).isEmpty();
	}

	private void awaitListening(int count) {
		await().until(() -> listening().size() == count);
	}

	private List<Integer> listening() {
		return this.tables.jdbc()
			.sql("select pid from pg_stat_activity where datname = current_database() and query like 'LISTEN %'")
			.query(Integer.class)
			.list();
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(15));
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Other {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(consumer = "other")
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
			}

		}

	}

}
