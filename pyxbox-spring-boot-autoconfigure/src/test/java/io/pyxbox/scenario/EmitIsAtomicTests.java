package io.pyxbox.scenario;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.pyxbox.TransactionRequiredException;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Promise 1: an event exists if and only if the business transaction committed.
 */
class EmitIsAtomicTests extends EmitScenario {

	EmitIsAtomicTests() {
		super(App.class, "pyxbox.poller.auto-startup=false");
	}

	@Test
	void commitLeavesTheEventsInTheOrderOfTheirEmission() {
		this.application.inTransaction(() -> {
			this.shop.order("1");
			this.shop.order("2");
			this.shop.order("3");
		});

		assertOrdersAndEvents("1", "2", "3");
	}

	@Test
	void nothingIsVisibleToOthersBeforeTheCommit() {
		this.application.inTransaction(() -> {
			this.shop.order("1");

			assertOrdersAndEvents();
		});
	}

	@Test
	void anExceptionLeavesNone() {
		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> this.application.inTransaction(() -> {
			this.shop.order("1");
			throw new Mishap();
		}));

		assertOrdersAndEvents();
	}

	@Test
	void rollbackOnlyLeavesNone() {
		this.application.inTransaction((status) -> {
			this.shop.order("1");
			status.setRollbackOnly();
			this.shop.order("2");
		});

		assertOrdersAndEvents();
	}

	@Test
	void aParticipantThatSetsRollbackOnlyLeavesNoneOfTheWholeTransaction() {
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> this.application.inTransaction(() -> {
				this.shop.order("outer");
				in(REQUIRED, (inner) -> {
					this.shop.order("inner");
					inner.setRollbackOnly();
				});
			}));

		assertOrdersAndEvents();
	}

	@Test
	void aTransactionAfterARolledBackOneIsNotTouchedByIt() {
		this.application.inTransaction((status) -> {
			this.shop.order("rolled back");
			status.setRollbackOnly();
		});
		this.application.inTransaction(() -> this.shop.order("committed"));

		assertOrdersAndEvents("committed");
	}

	@Test
	void requiresNewSurvivesTheRollbackOfItsOuter() {
		this.application.inTransaction((outer) -> {
			this.shop.order("outer");
			in(REQUIRES_NEW, (inner) -> this.shop.order("inner"));
			this.shop.order("outer again");
			outer.setRollbackOnly();
		});

		assertOrdersAndEvents("inner");
	}

	@Test
	void requiresNewThatRollsBackLeavesItsOuterAlone() {
		this.application.inTransaction(() -> {
			this.shop.order("before");
			in(REQUIRES_NEW, (inner) -> {
				this.shop.order("inner");
				inner.setRollbackOnly();
			});
			this.shop.order("after");
		});

		assertOrdersAndEvents("before", "after");
	}

	@Test
	void requiresNewInsideANestedThatRollsBackSurvives() {
		this.application.inTransaction(() -> {
			this.shop.order("outer");
			in(NESTED, (nested) -> {
				this.shop.order("nested");
				in(REQUIRES_NEW, (inner) -> this.shop.order("inner"));
				nested.setRollbackOnly();
			});
		});

		assertThat(this.shop.orders()).containsExactlyInAnyOrder("inner", "outer");
		assertThat(this.shop.told()).containsExactlyInAnyOrder("inner", "outer");
	}

	@Test
	void whileTheTransactionIsSuspendedAnEventIsStoredAtOnce() {
		this.application.inTransaction((outer) -> {
			this.shop.order("outer");
			in(NOT_SUPPORTED, (suspended) -> {
				this.shop.order("alone");

				assertOrdersAndEvents("alone");
			});
			outer.setRollbackOnly();
		});

		assertOrdersAndEvents("alone");
	}

	@Test
	void withoutATransactionAnEventIsStoredBeforeTheCallReturns() {
		this.shop.order("alone");

		assertOrdersAndEvents("alone");
	}

	@Test
	void inAnEmptyTransactionScopeAnEventIsStoredBeforeTheCallReturns() {
		in(SUPPORTS, (status) -> {
			this.shop.order("alone");

			assertOrdersAndEvents("alone");
		});

		assertOrdersAndEvents("alone");
	}

	@Test
	void transactionalMethodsAreJoined() {
		Service service = this.application.bean(Service.class);

		service.order(this.shop, "committed", false);
		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> service.order(this.shop, "rolled back", true));

		assertOrdersAndEvents("committed");
	}

	@Test
	void aReadOnlyTransactionRefusesAndStoresNothing() {
		TransactionTemplate readOnly = this.application.transaction();
		readOnly.setReadOnly(true);

		assertThatExceptionOfType(TransactionRequiredException.class)
			.isThrownBy(() -> readOnly.executeWithoutResult((status) -> this.shop.tell("read")));

		assertThat(this.shop.told()).isEmpty();
	}

	@Test
	void theTransactionOfAnotherDataSourceIsNotJoined() {
		try (TestDatabase other = TestDatabase.create()) {
			TransactionTemplate foreign = new TransactionTemplate(new JdbcTransactionManager(other.dataSource()));

			foreign.executeWithoutResult((status) -> {
				this.shop.order("alone");
				status.setRollbackOnly();
			});
			foreign.executeWithoutResult((status) -> this.application.inTransaction((ours) -> {
				this.shop.order("rolled back");
				ours.setRollbackOnly();
			}));
		}

		assertOrdersAndEvents("alone");
	}

	@Test
	void theTransactionOfAnotherDataSourceInsideOursDoesNotMatter() {
		try (TestDatabase other = TestDatabase.create()) {
			TransactionTemplate foreign = new TransactionTemplate(new JdbcTransactionManager(other.dataSource()));

			this.application.inTransaction(() -> {
				this.shop.order("before");
				foreign.executeWithoutResult((status) -> {
					this.shop.order("inside");
					status.setRollbackOnly();
				});
				this.shop.order("after");
			});
			this.application.inTransaction(() -> foreign.executeWithoutResult((status) -> {
				this.shop.order("first inside");
				status.setRollbackOnly();
			}));
			this.application.inTransaction((ours) -> {
				foreign.executeWithoutResult((status) -> this.shop.order("rolled back"));
				ours.setRollbackOnly();
			});
		}

		assertOrdersAndEvents("before", "inside", "after", "first inside");
	}

	@Test
	void aCommitThatFailsInTheDatabaseLeavesNone() {
		this.tables.execute("create table if not exists parent (id int primary key)");
		this.tables
			.execute("create table if not exists child (id int references parent deferrable initially deferred)");

		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.application.inTransaction(() -> {
			this.shop.order("1");
			this.application.jdbc().sql("insert into child values (1)").update();
		}));

		assertOrdersAndEvents();
	}

	@Test
	void aTransactionThatPostgresHasAbortedLeavesNone() {
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.application.inTransaction(() -> {
			this.shop.order("1");
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> this.application.jdbc().sql("select 1/0").query().singleValue());
		}));

		assertOrdersAndEvents();
	}

	@Test
	void theSessionOfTheBusinessTransactionDoesNotMatter() {
		TransactionTemplate serializable = this.application.transaction();
		serializable.setIsolationLevel(TransactionDefinition.ISOLATION_SERIALIZABLE);

		serializable.executeWithoutResult((status) -> {
			this.shop.order("1");
			this.application.jdbc().sql("set local search_path to pg_catalog").update();
		});

		assertOrdersAndEvents("1");
	}

	@Test
	void eachThreadHasItsOwnTransaction() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(8);
		CyclicBarrier together = new CyclicBarrier(8);
		List<Callable<Void>> work = IntStream.range(0, 8).<Callable<Void>>mapToObj((n) -> () -> {
			for (int i = 0; i < 50; i++) {
				String label = n + "." + i;
				boolean rollback = (n + i) % 2 == 0;
				this.application.transaction().executeWithoutResult((status) -> {
					this.shop.order(label);
					if (rollback) {
						status.setRollbackOnly();
					}
				});
				if (i == 25) {
					together.await(20, TimeUnit.SECONDS);
				}
			}
			return null;
		}).toList();

		for (var done : threads.invokeAll(work)) {
			done.get();
		}
		threads.shutdown();

		assertThat(this.shop.told()).hasSize(200).containsExactlyInAnyOrderElementsOf(this.shop.orders());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Service service() {
			return new Service();
		}

	}

	static class Service {

		@Transactional(propagation = Propagation.REQUIRED)
		public void order(Shop shop, String label, boolean fail) {
			shop.order(label);
			if (fail) {
				throw new Mishap();
			}
		}

	}

}
