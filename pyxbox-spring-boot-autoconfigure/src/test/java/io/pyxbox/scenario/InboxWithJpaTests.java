package io.pyxbox.scenario;

import java.util.List;
import java.util.Locale;

import javax.sql.DataSource;

import io.pyxbox.EventEnvelope;
import io.pyxbox.PyxboxException;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.autoconfigure.PyxboxTransactionManager;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Pulling and receiving in the transactions of an entity manager.
 */
class InboxWithJpaTests extends Scenario {

	private TestApplication application;

	private TransactionalInbox inbox;

	private EntityManager entities;

	@BeforeEach
	void startApplication() {
		this.tables.execute("create table account (id bigint primary key, balance int)");
		this.application = start(App.class, TestApplication.WITHOUT_MIGRATIONS, "spring.jpa.hibernate.ddl-auto=none");
		this.inbox = this.application.bean(TransactionalInbox.class);
		this.entities = SharedEntityManagerCreator
			.createSharedEntityManager(this.application.bean(EntityManagerFactory.class));
	}

	@Test
	void anEntityAndTheCompletionCommitTogether() {
		this.application.outbox().emitAll(counted("a", 1, 3));

		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> this.inbox.next((event) -> {
			this.entities.persist(new Account(1, 100));
			this.entities.flush();
			throw new Mishap();
		}));
		assertThat(this.tables.count("account")).isZero();
		this.inbox.next((event) -> this.entities.persist(new Account(1, 100)));
		this.inbox.take(5, (events) -> this.entities.persist(new Account(2, events.size())));

		assertThat(this.tables.jdbc().sql("select balance from account order by id").query(Integer.class).list())
			.isEqualTo(List.of(100, 2));
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void nextJoinsTheTransaction() {
		this.application.outbox().emitAll(counted("a", 1, 2));

		this.application.inTransaction((status) -> {
			assertThat(this.inbox.next().map(EventEnvelope::event)).contains(new Counted("a", 1));
			this.entities.persist(new Account(1, 100));
			status.setRollbackOnly();
		});
		this.application.inTransaction(() -> {
			assertThat(this.inbox.next().map(EventEnvelope::event)).contains(new Counted("a", 1));
			this.entities.persist(new Account(2, 100));
		});

		assertThat(this.tables.count("account")).isOne();
		assertThat(this.tables.numbers()).containsExactly(2);
	}

	@Test
	void whatThePersistenceContextHoldsBackIsWrittenBeforeTheEventIsCompleted() {
		RecordingDataSource recording = (RecordingDataSource) this.application.bean(DataSource.class);
		this.application.outbox().emitAll(counted("a", 1, 1));

		this.application.inTransaction(() -> {
			assertThat(this.inbox.next()).isPresent();
			this.entities.persist(new Account(1, 100));
		});

		List<String> writes = recording.executedBy(Thread.currentThread())
			.stream()
			.map((sql) -> sql.toLowerCase(Locale.ROOT).strip())
			.filter((sql) -> sql.startsWith("insert into account") || sql.startsWith("delete from"))
			.toList();
		assertThat(writes).hasSizeGreaterThan(1).first().asString().startsWith("insert into account");
	}

	@Test
	void aManagerThatWouldCommitTheTransactionOfAnotherOneIsRefused() {
		this.application.close();
		TestApplication mixed = start(TwoManagers.class, TestApplication.WITHOUT_MIGRATIONS,
				"spring.jpa.hibernate.ddl-auto=none");
		TransactionalInbox mixedInbox = mixed.bean(TransactionalInbox.class);
		TransactionTemplate jpa = new TransactionTemplate(
				mixed.bean("transactionManager", PlatformTransactionManager.class));

		assertThatExceptionOfType(PyxboxException.class)
			.isThrownBy(() -> jpa.executeWithoutResult((status) -> mixedInbox.receive("billing", "m-1",
					() -> mixed.jdbc().sql("insert into account values (1, 100)").update())))
			.withMessageContaining("@PyxboxTransactionManager");

		assertThat(this.tables.count("account")).isZero();
		assertThat(this.tables.count("events_inbox")).isZero();
		assertThat(mixedInbox.receive("billing", "m-1", () -> {
		})).isTrue();
	}

	@Test
	void aMessageAndAnEntityCommitTogether() {
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.inbox.receive("billing", "m-1", () -> {
			this.entities.persist(new Account(1, 100));
			this.entities.flush();
			throw new Mishap();
		}));

		assertThat(this.inbox.receive("billing", "m-1", () -> this.entities.persist(new Account(1, 100)))).isTrue();
		assertThat(this.inbox.receive("billing", "m-1", () -> this.entities.persist(new Account(2, 100)))).isFalse();

		assertThat(this.tables.count("account")).isOne();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		static BeanPostProcessor recorder() {
			return RecordingDataSource.aroundTheDataSource();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class TwoManagers {

		@Bean
		@Primary
		JpaTransactionManager transactionManager(EntityManagerFactory entities) {
			return new JpaTransactionManager(entities);
		}

		@Bean
		@PyxboxTransactionManager
		JdbcTransactionManager jdbcTransactions(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

	}

}
