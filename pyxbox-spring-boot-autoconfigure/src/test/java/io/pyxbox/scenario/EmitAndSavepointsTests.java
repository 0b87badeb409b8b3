package io.pyxbox.scenario;

import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.UnexpectedRollbackException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Promise 1 inside a transaction: a savepoint that rolls back takes its events with it.
 */
class EmitAndSavepointsTests extends EmitScenario {

	EmitAndSavepointsTests() {
		super(App.class, "pyxbox.poller.auto-startup=false");
	}

	@Test
	void nestedThatRollsBackTakesOnlyItsOwnEventsWithIt() {
		this.application.inTransaction(() -> {
			this.shop.order("before");
			in(NESTED, (inner) -> {
				this.shop.order("inner");
				inner.setRollbackOnly();
			});
			this.shop.order("after");
		});

		assertOrdersAndEvents("before", "after");
	}

	@Test
	void nestedThatThrowsTakesOnlyItsOwnEventsWithIt() {
		this.application.inTransaction(() -> {
			this.shop.order("before");
			assertThatExceptionOfType(Mishap.class).isThrownBy(() -> in(NESTED, (inner) -> {
				this.shop.order("inner");
				throw new Mishap();
			}));
			this.shop.order("after");
		});

		assertOrdersAndEvents("before", "after");
	}

	@Test
	void nestedThatCommitsRollsBackWithTheOuter() {
		this.application.inTransaction((outer) -> {
			in(NESTED, (inner) -> this.shop.order("inner"));
			outer.setRollbackOnly();
		});

		assertOrdersAndEvents();
	}

	@Test
	void nestedThatCommitsCommitsWithTheOuter() {
		this.application.inTransaction(() -> {
			this.shop.order("before");
			in(NESTED, (inner) -> this.shop.order("inner"));
			this.shop.order("after");
		});

		assertOrdersAndEvents("before", "inner", "after");
	}

	@Test
	void nestedOfANestedGoesWithTheOneThatRollsBack() {
		this.application.inTransaction(() -> {
			this.shop.order("1");
			in(NESTED, (middle) -> {
				this.shop.order("2");
				in(NESTED, (inner) -> this.shop.order("3"));
				this.shop.order("4");
				middle.setRollbackOnly();
			});
			in(NESTED, (middle) -> {
				this.shop.order("5");
				in(NESTED, (inner) -> {
					this.shop.order("6");
					inner.setRollbackOnly();
				});
				this.shop.order("7");
			});
		});

		assertOrdersAndEvents("1", "5", "7");
	}

	@Test
	void aParticipantThatFailsInsideANestedTransactionRollsBackThatOneOnly() {
		this.application.inTransaction(() -> {
			this.shop.order("before");
			assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> in(NESTED, (nested) -> {
				this.shop.order("nested");
				assertThatExceptionOfType(Mishap.class).isThrownBy(() -> in(REQUIRED, (participant) -> {
					this.shop.order("participant");
					throw new Mishap();
				}));
			}));
			this.shop.order("after");
		});

		assertOrdersAndEvents("before", "after");
	}

	@Test
	void savepointsSetByTheStatusTakeTheirEventsWithThem() {
		this.application.inTransaction((status) -> {
			this.shop.order("1");
			Object savepoint = status.createSavepoint();
			this.shop.order("2");
			status.rollbackToSavepoint(savepoint);
			this.shop.order("3");
			status.rollbackToSavepoint(savepoint);
			this.shop.order("4");
		});

		assertOrdersAndEvents("1", "4");
	}

	@Test
	void aReleasedSavepointKeepsItsEvents() {
		this.application.inTransaction((status) -> {
			Object outer = status.createSavepoint();
			this.shop.order("1");
			Object inner = status.createSavepoint();
			this.shop.order("2");
			status.releaseSavepoint(inner);
			this.shop.order("3");
			status.releaseSavepoint(outer);
		});

		assertOrdersAndEvents("1", "2", "3");
	}

	@Test
	void rollingBackToAnOuterSavepointPassesOverReleasedInnerOnes() {
		this.application.inTransaction((status) -> {
			this.shop.order("1");
			Object outer = status.createSavepoint();
			this.shop.order("2");
			Object inner = status.createSavepoint();
			this.shop.order("3");
			status.releaseSavepoint(inner);
			status.rollbackToSavepoint(outer);
		});

		assertOrdersAndEvents("1");
	}

	@Test
	void rollingBackToAnOuterSavepointPassesOverInnerOnesThatWereNeverReleased() {
		this.application.inTransaction((status) -> {
			this.shop.order("1");
			Object outer = status.createSavepoint();
			this.shop.order("2");
			status.createSavepoint();
			this.shop.order("3");
			status.rollbackToSavepoint(outer);
			this.shop.order("4");
		});

		assertOrdersAndEvents("1", "4");
	}

	@Test
	void whateverTransactionsDoTheEventsAreThoseOfTheOrders() {
		for (long seed = 1; seed <= 60; seed++) {
			this.shop = Shop.open(this.application, this.tables);
			RandomTransactions random = new RandomTransactions(this.shop, new Random(seed), true);

			random.run();

			assertThat(this.shop.told()).as("seed %d: %s", seed, random.script())
				.containsExactlyInAnyOrderElementsOf(this.shop.orders());
		}
	}

	/**
	 * The negative control: an outbox that collects events and knows nothing of
	 * savepoints.
	 */
	@Test
	void anOutboxThatKnowsNoSavepointsIsFoundOut() {
		int differences = 0;
		for (long seed = 1; seed <= 20; seed++) {
			this.shop = Shop.open(this.application, this.tables);

			new RandomTransactions(this.shop, this::orderNaively, new Random(seed), true).run();

			List<String> orders = this.shop.orders();
			List<String> told = this.shop.told();
			differences += (orders.size() == told.size() && orders.containsAll(told)) ? 0 : 1;
		}

		assertThat(differences).isPositive();
	}

	private void orderNaively(String label) {
		this.application.jdbc().sql("insert into orders (label) values (?)").param(label).update();
		if (!TransactionSynchronizationManager.isActualTransactionActive()) {
			storeNaively(label);
			return;
		}
		TransactionSynchronizationManager.registerSynchronization(new Hook(0) {

			@Override
			public void beforeCommit(boolean readOnly) {
				storeNaively(label);
			}

		});
	}

	private void storeNaively(String label) {
		this.application.jdbc()
			.sql("insert into events (bucket, event_id, type, payload) "
					+ "values (1, gen_random_uuid(), 'ordered', jsonb_build_object('label', ?))")
			.param(label)
			.update();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
