package io.pyxbox.scenario;

import java.util.Random;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Promise 1 with JPA: the transaction is that of the entity manager.
 */
class EmitWithJpaTests extends EmitScenario {

	private EntityManager entities;

	EmitWithJpaTests() {
		super(App.class, TestApplication.WITHOUT_MIGRATIONS, "spring.jpa.hibernate.ddl-auto=none",
				"pyxbox.poller.auto-startup=false");
	}

	@BeforeEach
	void openEntityManager() {
		this.tables.execute("create table if not exists account (id bigint primary key, balance int)");
		this.tables.execute("truncate account");
		this.entities = SharedEntityManagerCreator
			.createSharedEntityManager(this.application.bean(EntityManagerFactory.class));
	}

	@Test
	void theTransactionManagerIsThatOfJpa() {
		assertThat(this.application.bean(PlatformTransactionManager.class)).isInstanceOf(JpaTransactionManager.class);
	}

	@Test
	void entitiesAndEventsCommitTogether() {
		this.application.inTransaction(() -> {
			this.entities.persist(new Account(1, 100));
			this.shop.tell("opened");
		});

		assertThat(this.tables.count("account")).isEqualTo(1);
		assertThat(this.shop.told()).containsExactly("opened");
	}

	@Test
	void entitiesAndEventsRollBackTogether() {
		this.application.inTransaction((status) -> {
			this.entities.persist(new Account(1, 100));
			this.entities.flush();
			this.shop.tell("opened");
			status.setRollbackOnly();
		});

		assertThat(this.tables.count("account")).isZero();
		assertThat(this.shop.told()).isEmpty();
	}

	@Test
	void aFlushThatFailsAtTheCommitLeavesNone() {
		this.application.inTransaction(() -> this.entities.persist(new Account(1, 100)));

		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.application.inTransaction(() -> {
			this.shop.tell("opened twice");
			this.entities.persist(new Account(1, 200));
		}));

		assertThat(this.shop.told()).isEmpty();
	}

	@Test
	void anEntityCallbackMayEmitWhileTheCommitFlushes() {
		openAccount();

		this.application.inTransaction(() -> {
			this.shop.tell("before");
			change(7);
		});

		assertThat(this.shop.told()).containsExactly("before", "changing to 7", "changed to 7");
	}

	@Test
	void anEntityCallbackMayEmitTheFirstEventWhileTheCommitFlushes() {
		openAccount();

		this.application.inTransaction(() -> change(7));

		assertThat(this.shop.told()).containsExactly("changing to 7", "changed to 7");
	}

	@Test
	void whatAnEntityCallbackEmitsRollsBackWithTheFlush() {
		openAccount();

		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.application.inTransaction(() -> {
			change(-1);
			this.entities.persist(new Account(2, 0));
			this.application.jdbc().sql("insert into account values (2, 0)").update();
		}));

		assertThat(this.shop.told()).isEmpty();
	}

	@Test
	void anEntityCallbackMayEmitDuringAnExplicitFlush() {
		openAccount();

		this.application.inTransaction((status) -> {
			change(7);
			this.entities.flush();
			status.setRollbackOnly();
		});
		this.application.inTransaction(() -> {
			change(8);
			this.entities.flush();
			this.shop.tell("after");
		});

		assertThat(this.shop.told()).containsExactly("changing to 8", "changed to 8", "after");
	}

	@Test
	void requiresNewSurvivesTheRollbackOfItsOuter() {
		this.application.inTransaction((outer) -> {
			this.shop.order("outer");
			in(REQUIRES_NEW, (inner) -> this.shop.order("inner"));
			outer.setRollbackOnly();
		});

		assertOrdersAndEvents("inner");
	}

	@Test
	void whateverTransactionsDoTheEventsAreThoseOfTheOrders() {
		for (long seed = 1; seed <= 30; seed++) {
			this.shop = Shop.open(this.application, this.tables);
			RandomTransactions random = new RandomTransactions(this.shop, new Random(seed), false);

			random.run();

			assertThat(this.shop.told()).as("seed %d: %s", seed, random.script())
				.containsExactlyInAnyOrderElementsOf(this.shop.orders());
		}
	}

	private void change(int balance) {
		this.entities.find(Account.class, 1L).change(balance, this.application.outbox());
	}

	private void openAccount() {
		this.application.inTransaction(() -> this.entities.persist(new Account(1, 100)));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
