package io.pyxbox.scenario;

import java.util.List;

import io.pyxbox.EventEnvelope;
import io.pyxbox.TransactionalInbox;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.orm.jpa.SharedEntityManagerCreator;

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

	}

}
