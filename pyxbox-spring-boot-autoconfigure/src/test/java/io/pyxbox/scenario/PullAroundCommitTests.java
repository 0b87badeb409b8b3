package io.pyxbox.scenario;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import io.pyxbox.EventEnvelope;
import io.pyxbox.InboxView;
import io.pyxbox.PyxboxException;
import io.pyxbox.TransactionRequiredException;
import io.pyxbox.TransactionalInbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Events that are pulled in the caller's transaction share its fate, whatever the
 * transaction goes through.
 */
class PullAroundCommitTests extends Scenario {

	private TestApplication application;

	private TransactionalInbox inbox;

	@BeforeEach
	void startApplication() {
		this.ledger.create();
		this.application = start(App.class);
		this.inbox = this.application.bean(TransactionalInbox.class);
	}

	@ParameterizedTest
	@ValueSource(ints = { Ordered.HIGHEST_PRECEDENCE, 0, Ordered.LOWEST_PRECEDENCE })
	void whatASynchronizationPullsBeforeTheCommitIsCompletedByIt(int order) {
		this.application.outbox().emitAll(counted(null, 1, 4));

		this.application.inTransaction(() -> register(new Hook(order) {
			@Override
			public void beforeCommit(boolean readOnly) {
				write(PullAroundCommitTests.this.inbox.next().orElseThrow());
			}

			@Override
			public void beforeCompletion() {
				write(PullAroundCommitTests.this.inbox.next().orElseThrow());
			}
		}));
		this.application.inTransaction(() -> {
			write(this.inbox.next().orElseThrow());
			register(new Hook(order) {
				@Override
				public void beforeCommit(boolean readOnly) {
					write(PullAroundCommitTests.this.inbox.next().orElseThrow());
				}
			});
		});

		assertThat(this.ledger.numbers()).containsExactlyInAnyOrder(1, 2, 3, 4);
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void whatIsPulledBeforeACommitThatIsRefusedStays() {
		this.application.outbox().emitAll(counted("a", 1, 1));

		assertThatExceptionOfType(Mishap.class)
			.isThrownBy(() -> this.application.inTransaction(() -> register(new Hook(Ordered.LOWEST_PRECEDENCE) {
				@Override
				public void beforeCommit(boolean readOnly) {
					write(PullAroundCommitTests.this.inbox.next().orElseThrow());
					throw new Mishap();
				}
			})));

		assertThat(this.ledger.size()).isZero();
		assertThat(this.inbox.next((event) -> write(event))).isTrue();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void afterTheCommitThereIsNoTransactionToPullIn(boolean pulledBefore) {
		this.application.outbox().emitAll(counted(null, 1, 2));
		List<Exception> refusals = new ArrayList<>();

		this.application.inTransaction(() -> {
			if (pulledBefore) {
				write(this.inbox.next().orElseThrow());
			}
			register(new Hook(0) {
				@Override
				public void afterCommit() {
					pullInVain(refusals);
				}

				@Override
				public void afterCompletion(int status) {
					pullInVain(refusals);
				}
			});
		});

		assertThat(refusals).hasSize(2)
			.hasOnlyElementsOfType(TransactionRequiredException.class)
			.allSatisfy((refusal) -> assertThat(refusal).hasMessageContaining("next(handler)"));
		this.application.inTransaction(() -> write(this.inbox.next().orElseThrow()));
		assertThat(this.tables.events()).isEqualTo(pulledBefore ? 0 : 1);
		assertThat(this.ledger.size() + this.tables.events()).isEqualTo(2);
	}

	@Test
	void aTransactionOfWhichNobodyTellsHasItsEventsCompletedAsWell() {
		this.application.outbox().emitAll(counted("a", 1, 4));
		JdbcTransactionManager manager = new JdbcTransactionManager(this.application.bean(DataSource.class));
		TransactionTemplate untold = new TransactionTemplate(manager);
		TransactionTemplate nested = new TransactionTemplate(manager);
		nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);

		untold.executeWithoutResult((status) -> {
			write(this.inbox.next().orElseThrow());
			write(this.inbox.next().orElseThrow());
			status.setRollbackOnly();
		});
		assertThat(this.ledger.size()).isZero();
		untold.executeWithoutResult((status) -> {
			write(this.inbox.next().orElseThrow());
			nested.executeWithoutResult((inner) -> {
				write(this.inbox.next().orElseThrow());
				inner.setRollbackOnly();
			});
			write(this.inbox.next().orElseThrow());
		});

		assertThat(this.ledger.numbers()).containsExactly(1, 2);
		assertThat(this.tables.numbers()).containsExactly(3, 4);
	}

	@Test
	void whatIsPulledInATransactionOfAnotherResourceBelongsToThatOfTheDatabase() {
		this.application.outbox().emitAll(counted(null, 1, 2));
		TransactionTemplate other = new TransactionTemplate(new OtherResource());

		this.application.inTransaction(() -> {
			other.executeWithoutResult((status) -> {
				write(this.inbox.next().orElseThrow());
				status.setRollbackOnly();
			});
			write(this.inbox.next().orElseThrow());
		});

		assertThat(this.ledger.numbers()).containsExactly(1, 2);
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void itAlsoStaysWithIt() {
		this.application.outbox().emitAll(counted("a", 1, 1));
		TransactionTemplate other = new TransactionTemplate(new OtherResource());

		this.application.inTransaction((status) -> {
			other.executeWithoutResult((inner) -> write(this.inbox.next().orElseThrow()));
			status.setRollbackOnly();
		});

		assertThat(this.ledger.size()).isZero();
		assertThat(this.inbox.next((event) -> write(event))).isTrue();
	}

	@Test
	void aSavepointThatSpringDoesNotKnowOfLosesNothing() {
		this.application.outbox().emitAll(counted("a", 1, 2));

		assertThatExceptionOfType(PyxboxException.class).isThrownBy(() -> this.application.inTransaction(() -> {
			write(this.inbox.next().orElseThrow());
			afterSavepoint(() -> write(this.inbox.next().orElseThrow()));
		})).withMessageContaining("savepoint");

		assertThat(this.ledger.size()).isZero();
		assertThat(this.tables.events()).isEqualTo(2);
	}

	@Test
	void norIfMoreIsPulledAfterIt() {
		this.application.outbox().emitAll(counted(null, 1, 3));

		assertThatExceptionOfType(PyxboxException.class).isThrownBy(() -> this.application.inTransaction(() -> {
			afterSavepoint(() -> write(this.inbox.next().orElseThrow()));
			write(this.inbox.next().orElseThrow());
		})).withMessageContaining("savepoint");

		assertThat(this.ledger.size()).isZero();
		assertThat(this.tables.events()).isEqualTo(3);
	}

	@Test
	void nestedTransactionsMayBeRolledBackInAnyOrder() {
		this.application.outbox().emitAll(counted(null, 1, 6));
		InboxView<Object> other = this.inbox.forConsumer("other").register();
		TransactionTemplate nested = this.application.transaction(TransactionDefinition.PROPAGATION_NESTED);

		this.application.inTransaction(() -> {
			nested.executeWithoutResult((status) -> {
				assertThat(this.inbox.next()).isPresent();
				assertThat(other.next()).isPresent();
				status.setRollbackOnly();
			});
			write(this.inbox.next().orElseThrow());
			nested.executeWithoutResult((outer) -> {
				write(this.inbox.next().orElseThrow());
				nested.executeWithoutResult((status) -> {
					assertThat(this.inbox.next()).isPresent();
					status.setRollbackOnly();
				});
			});
			assertThat(other.next()).isPresent();
			while (this.inbox.next().map(this::write).isPresent()) {
				assertThat(this.ledger.size()).as("not committed yet").isZero();
			}
		});

		assertThat(this.ledger.numbers()).isEqualTo(range(1, 6));
		assertThat(this.tables.count("events where completed_by = '{inbox}'")).isEqualTo(5);
		assertThat(this.tables.events()).isEqualTo(5);
	}

	@Test
	void aTransactionThatPullsWithoutEndIsRefused() {
		this.application.outbox().emitAll(counted("a", 1, 502));

		assertThatExceptionOfType(PyxboxException.class).isThrownBy(() -> this.application.inTransaction(() -> {
			for (int number = 1; number <= 500; number++) {
				assertThat(this.inbox.next().map(EventEnvelope::event)).contains(new Counted("a", number));
			}
			this.inbox.next();
		})).withMessageContaining("500 events at most");

		assertThat(this.tables.events()).isEqualTo(502);
	}

	@ParameterizedTest
	@ValueSource(
			ints = { TransactionDefinition.ISOLATION_REPEATABLE_READ, TransactionDefinition.ISOLATION_SERIALIZABLE })
	void aTransactionThatDoesNotSeeWhatOthersCommitIsRefused(int isolation) {
		this.application.outbox().emitAll(counted("a", 1, 1));
		TransactionTemplate strict = this.application.transaction();
		strict.setIsolationLevel(isolation);

		assertThatExceptionOfType(PyxboxException.class)
			.isThrownBy(() -> strict.executeWithoutResult((status) -> this.inbox.next()))
			.withMessageContaining("READ COMMITTED")
			.withMessageContaining("next(handler)");

		assertThat(this.inbox.next((event) -> write(event))).isTrue();
	}

	private void pullInVain(List<Exception> refusals) {
		try {
			this.inbox.next();
		}
		catch (RuntimeException ex) {
			refusals.add(ex);
		}
	}

	private void afterSavepoint(Runnable work) {
		DataSource dataSource = this.application.bean(DataSource.class);
		Connection connection = DataSourceUtils.getConnection(dataSource);
		try {
			Savepoint savepoint = connection.setSavepoint();
			work.run();
			connection.rollback(savepoint);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			DataSourceUtils.releaseConnection(connection, dataSource);
		}
	}

	private static void register(TransactionSynchronization synchronization) {
		TransactionSynchronizationManager.registerSynchronization(synchronization);
	}

	private EventEnvelope<?> write(EventEnvelope<?> event) {
		new Ledger(this.application.jdbc()).write((Counted) event.event(), event.metadata());
		return event;
	}

	/**
	 * A callback at a certain place among the others.
	 */
	private static class Hook implements TransactionSynchronization {

		private final int order;

		Hook(int order) {
			this.order = order;
		}

		@Override
		public int getOrder() {
			return this.order;
		}

	}

	/**
	 * Begins transactions of something that is no database.
	 */
	private static final class OtherResource extends AbstractPlatformTransactionManager {

		private static final long serialVersionUID = 1L;

		@Override
		protected Object doGetTransaction() {
			return new Object();
		}

		@Override
		protected void doBegin(Object transaction, TransactionDefinition definition) {
		}

		@Override
		protected void doCommit(DefaultTransactionStatus status) {
		}

		@Override
		protected void doRollback(DefaultTransactionStatus status) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
