package io.pyxbox.scenario;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.pyxbox.DeliveryIsolation;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAspectSupport;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 3: a transactional listener's writes and the completion of its event commit
 * together, or not at all.
 */
class ExactlyOnceEffectTests extends Scenario {

	private static final int BAD = 17;

	private static final String JPA = TestApplication.WITHOUT_MIGRATIONS
			+ ",org.springframework.boot.jooq.autoconfigure.JooqAutoConfiguration";

	@BeforeEach
	void createTables() {
		this.ledger.create();
		this.tables.execute("create table follow_up (number int)");
	}

	static List<Class<?>> listeners() {
		return List.of(ByEvent.class, ByEnvelope.class, ByChunk.class, ByList.class, Transactionally.class);
	}

	@ParameterizedTest
	@MethodSource("listeners")
	void theNeighboursOfAnEventThatAlwaysFailsHaveTheirEffectOnce(Class<?> listener) {
		TestApplication application = prepare(listener, "pyxbox.retry.max-attempts=3");

		neighboursOfAnEventThatAlwaysFails(application);
	}

	@ParameterizedTest
	@ValueSource(classes = { ByEvent.class, ByList.class, Transactionally.class })
	void withJpaTheNeighboursOfAnEventThatAlwaysFailsHaveTheirEffectOnce(Class<?> listener) {
		TestApplication application = prepare(listener, JPA, "pyxbox.retry.max-attempts=3");
		assertThat(application.bean(PlatformTransactionManager.class)).isInstanceOf(JpaTransactionManager.class);

		neighboursOfAnEventThatAlwaysFails(application);
	}

	private void neighboursOfAnEventThatAlwaysFails(TestApplication application) {
		application.bean(Faults.class).always().add(BAD);
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).doesNotContain(BAD)
			.containsExactlyInAnyOrderElementsOf(range(1, 50).stream().filter((number) -> number != BAD).toList());
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.number()).isEqualTo("" + BAD);
			assertThat(dead.attempts()).isEqualTo(3);
			assertThat(dead.errorClass()).isEqualTo(Mishap.class.getName());
		});
		assertThat(this.tables.retries()).isZero();
		// Follow-ups exist if and only if the work that emitted them was committed.
		assertThat(followUps()).containsExactlyInAnyOrderElementsOf(this.ledger.numbers());
	}

	@ParameterizedTest
	@MethodSource("listeners")
	void anEventThatFailsOnceHasItsEffectOnceAndSoHaveItsNeighbours(Class<?> listener) {
		TestApplication application = prepare(listener);

		eventThatFailsOnce(application);
	}

	@ParameterizedTest
	@ValueSource(classes = { ByEvent.class, ByList.class, Transactionally.class })
	void withJpaAnEventThatFailsOnceHasItsEffectOnceAndSoHaveItsNeighbours(Class<?> listener) {
		TestApplication application = prepare(listener, JPA);

		eventThatFailsOnce(application);
	}

	private void eventThatFailsOnce(TestApplication application) {
		application.bean(Faults.class).once().add(BAD);
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.ledger.numbers()).containsExactlyInAnyOrderElementsOf(range(1, 50));
		assertThat(followUps()).containsExactlyInAnyOrderElementsOf(range(1, 50));
		assertThat(this.tables.retries()).isZero();
	}

	@ParameterizedTest
	@ValueSource(classes = { ByEvent.class, ByEnvelope.class, Transactionally.class })
	void eventsStandAloneSoTheNeighboursOfAFailedOneAreNotCalledAgain(Class<?> listener) {
		TestApplication application = prepare(listener, "pyxbox.retry.max-attempts=3");
		application.bean(Faults.class).always().add(BAD);
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		Journal journal = application.bean(Journal.class);
		assertThat(journal.numbers()).hasSize(52);
		assertThat(journal.callsOf(BAD)).extracting(Journal.Call::attempt).containsExactly(1, 2, 3);
	}

	@ParameterizedTest
	@MethodSource("listeners")
	void manyFailuresInAChunkOfOneKeyOvertakeNobody(Class<?> listener) {
		TestApplication application = prepare(listener);
		List<Integer> failing = List.of(1, 2, 3, 10, 30, 49, 50);
		application.bean(Faults.class).once().addAll(failing);
		application.outbox().emitAll(counted("a", 1, 50));

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 50));
	}

	@ParameterizedTest
	@ValueSource(classes = { ByEvent.class, ByChunk.class, ByList.class })
	void whatFailsAtTheCommitFailsAlone(Class<?> listener) {
		TestApplication application = prepare(listener, "pyxbox.retry.max-attempts=2");
		this.tables.execute("""
				create function refuse() returns trigger language plpgsql as $$
				begin
				  if new.number = 17 then raise exception 'never seventeen'; end if;
				  return null;
				end $$
				""");
		this.tables.execute("create constraint trigger refuse after insert on ledger deferrable initially deferred "
				+ "for each row execute function refuse()");
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).doesNotContain(BAD).hasSize(49).doesNotHaveDuplicates();
		assertThat(followUps()).containsExactlyInAnyOrderElementsOf(this.ledger.numbers());
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.number()).isEqualTo("" + BAD);
			assertThat(dead.attempts()).isEqualTo(2);
			assertThat(dead.stackTrace()).contains("never seventeen");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "", JPA })
	void aListenerThatSwallowsAnErrorOfPostgresFailsAlone(String property) {
		TestApplication application = prepare(Swallowing.class, orDefault(property), "pyxbox.retry.max-attempts=2");
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).doesNotContain(BAD).hasSize(49).doesNotHaveDuplicates();
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.number()).isEqualTo("" + BAD));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", JPA })
	void aListenerThatSwallowsARollbackOfItsServiceFailsAlone(String property) {
		TestApplication application = prepare(SwallowingRollback.class, orDefault(property),
				"pyxbox.retry.max-attempts=2");
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).doesNotContain(BAD).hasSize(49).doesNotHaveDuplicates();
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.number()).isEqualTo("" + BAD));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", JPA })
	void aListenerThatSetsRollbackOnlyHasNotCompletedItsEvent(String property) {
		TestApplication application = prepare(RollingBack.class, orDefault(property), "pyxbox.retry.max-attempts=2");
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).doesNotContain(BAD).hasSize(49).doesNotHaveDuplicates();
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.number()).isEqualTo("" + BAD));
	}

	@Test
	void withJpaAListenerMayWriteEntities() {
		TestApplication application = prepare(Persisting.class, JPA, "spring.jpa.hibernate.ddl-auto=none");
		this.tables.execute("create table account (id bigint primary key, balance int)");
		application.bean(Faults.class).once().add(BAD);
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.jdbc().sql("select id from account order by id").query(Integer.class).list())
			.isEqualTo(range(1, 50));
	}

	@Test
	void workOfItsOwnTransactionIsTheListenersOwnAffair() {
		TestApplication application = prepare(RequiringNew.class, "pyxbox.retry.max-attempts=2",
				"pyxbox.poller.concurrency=2");
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).hasSize(51).containsAll(range(1, 50));
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.number()).isEqualTo("" + BAD));
	}

	@Test
	void cuttingTheConnectionsLosesAndDoublesNothing() {
		TestApplication application = prepare(ByEvent.class, "pyxbox.poller.batch-size=20",
				"pyxbox.retry.max-attempts=100");
		for (int key = 0; key < 10; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 400));
		}
		application.start();

		for (int cut = 1; cut <= 5; cut++) {
			int soFar = cut * 600;
			await().until(() -> this.ledger.size() > soFar);
			this.tables.terminateOtherBackends();
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events(), 10, 400)).isEmpty();
		assertThat(followUps()).hasSize(4000);
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	/**
	 * Emits 50 events of as many keys that share a bucket, so that they can come as one
	 * chunk.
	 */
	private void emitChunk(TestApplication application) {
		List<String> keys = keysOfOneBucket(application, 50);
		application.inTransaction(() -> {
			for (int i = 0; i < 50; i++) {
				application.outbox().emit(new Counted(keys.get(i), i + 1));
			}
		});
		assertThat(this.tables.jdbc().sql("select count(distinct bucket) from events").query(Integer.class).single())
			.isEqualTo(1);
	}

	private List<Integer> followUps() {
		return this.tables.jdbc().sql("select number from follow_up").query(Integer.class).list();
	}

	private static String orDefault(String property) {
		return property.isEmpty() ? "pyxbox.poller.batch-size=100" : property;
	}

	@OutboxEvent(type = "follow-up")
	record FollowUp(int number) {
	}

	record Faults(Set<Integer> always, Set<Integer> once) {

		void strike(Counted event) {
			if (this.always.contains(event.number()) || this.once.remove(event.number())) {
				throw new Mishap("number " + event.number() + " fails");
			}
		}

	}

	record Work(Ledger ledger, TransactionalOutbox outbox, Journal journal, Faults faults) {

		void on(Counted event, EventMetadata metadata) {
			this.journal.note(event, metadata);
			this.outbox.emit(new FollowUp(event.number()));
			this.ledger.write(event, metadata);
			this.faults.strike(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Working {

		@Bean
		Journal journal() {
			return new Journal();
		}

		@Bean
		Faults faults() {
			return new Faults(ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet());
		}

		@Bean
		Work work(Ledger ledger, TransactionalOutbox outbox, Journal journal, Faults faults) {
			return new Work(ledger, outbox, journal, faults);
		}

		@Bean
		FollowUpListener followUpListener(JdbcClient jdbc) {
			return new FollowUpListener(jdbc);
		}

	}

	record FollowUpListener(JdbcClient jdbc) {

		@OutboxListener
		void on(FollowUp event) {
			this.jdbc.sql("insert into follow_up values (?)").param(event.number()).update();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class ByEvent {

		@Bean
		EventListener listener(Work work) {
			return new EventListener(work);
		}

	}

	record EventListener(Work work) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class ByEnvelope {

		@Bean
		EnvelopeListener listener(Work work) {
			return new EnvelopeListener(work);
		}

	}

	record EnvelopeListener(Work work) {

		@OutboxListener
		void on(EventEnvelope<Counted> envelope) {
			this.work.on(envelope.event(), envelope.metadata());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class ByChunk {

		@Bean
		ChunkListener listener(Work work) {
			return new ChunkListener(work);
		}

	}

	record ChunkListener(Work work) {

		@OutboxListener(isolation = DeliveryIsolation.CHUNK)
		void on(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class ByList {

		@Bean
		ListListener listener(Work work) {
			return new ListListener(work);
		}

	}

	record ListListener(Work work) {

		@OutboxListener
		void on(List<EventEnvelope<Counted>> envelopes) {
			envelopes.forEach((envelope) -> this.work.on(envelope.event(), envelope.metadata()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class Transactionally {

		@Bean
		TransactionalListener listener(Work work) {
			return new TransactionalListener(work);
		}

	}

	static class TransactionalListener {

		private final Work work;

		TransactionalListener(Work work) {
			this.work = work;
		}

		@OutboxListener
		@Transactional
		public void on(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class Swallowing {

		@Bean
		SwallowingListener listener(Work work, JdbcClient jdbc) {
			return new SwallowingListener(work, jdbc);
		}

	}

	record SwallowingListener(Work work, JdbcClient jdbc) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
			if (event.number() == BAD) {
				try {
					this.jdbc.sql("select 1 / 0").query().singleValue();
				}
				catch (DataAccessException ex) {
					// As if it did not matter.
				}
			}
		}

	}

	static class Service {

		private final Work work;

		Service(Work work) {
			this.work = work;
		}

		@Transactional
		public void joining(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
			if (event.number() == BAD) {
				throw new Mishap();
			}
		}

		@Transactional(propagation = Propagation.REQUIRES_NEW)
		public void alone(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class SwallowingRollback {

		@Bean
		Service service(Work work) {
			return new Service(work);
		}

		@Bean
		SwallowingRollbackListener listener(Service service) {
			return new SwallowingRollbackListener(service);
		}

	}

	record SwallowingRollbackListener(Service service) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			try {
				this.service.joining(event, metadata);
			}
			catch (Mishap ex) {
				// As if it did not matter.
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class RollingBack {

		@Bean
		RollingBackListener listener(Work work) {
			return new RollingBackListener(work);
		}

	}

	static class RollingBackListener {

		private final Work work;

		RollingBackListener(Work work) {
			this.work = work;
		}

		@OutboxListener
		@Transactional
		public void on(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
			if (event.number() == BAD) {
				TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class RequiringNew {

		@Bean
		Service service(Work work) {
			return new Service(work);
		}

		@Bean
		RequiringNewListener listener(Service service) {
			return new RequiringNewListener(service);
		}

	}

	record RequiringNewListener(Service service) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.service.alone(event, metadata);
			if (event.number() == BAD) {
				throw new Mishap();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class Persisting {

		@Bean
		PersistingListener listener(EntityManagerFactory factory, Faults faults) {
			return new PersistingListener(SharedEntityManagerCreator.createSharedEntityManager(factory), faults);
		}

	}

	record PersistingListener(EntityManager entities, Faults faults) {

		@OutboxListener
		void on(Counted event) {
			this.entities.persist(new Account(event.number(), 0));
			this.faults.strike(event);
		}

	}

}
