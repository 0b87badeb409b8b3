package io.pyxbox.scenario;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.scenario.WorkingListeners.Faults;
import io.pyxbox.scenario.WorkingListeners.Work;
import io.pyxbox.scenario.WorkingListeners.Working;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAspectSupport;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 3 where the listener meddles with the transaction itself.
 */
class ListenersWithTransactionsTests extends ChunkScenario {

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

	private static String orDefault(String property) {
		return property.isEmpty() ? "pyxbox.poller.batch-size=100" : property;
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
