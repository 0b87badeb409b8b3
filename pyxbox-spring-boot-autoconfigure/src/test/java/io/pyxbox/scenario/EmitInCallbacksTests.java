package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.List;

import io.pyxbox.EventId;
import io.pyxbox.TransactionalOutbox;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Promise 1 around the commit: what a transaction callback emits is neither lost nor left
 * over.
 */
class EmitInCallbacksTests extends EmitScenario {

	EmitInCallbacksTests() {
		super(App.class, "pyxbox.poller.auto-startup=false");
	}

	@Test
	void anotherSynchronizationThatRefusesTheCommitLeavesNone() {
		for (int order : new int[] { Ordered.HIGHEST_PRECEDENCE, 0, Ordered.LOWEST_PRECEDENCE }) {
			assertThatExceptionOfType(Mishap.class).isThrownBy(() -> this.application.inTransaction(() -> {
				this.shop.order("1");
				TransactionSynchronizationManager.registerSynchronization(new Hook(order) {
					@Override
					public void beforeCommit(boolean readOnly) {
						throw new Mishap();
					}
				});
				this.shop.order("2");
			}));
		}

		assertOrdersAndEvents();
	}

	@Test
	void anEventEmittedBeforeTheCommitByAnotherSynchronizationIsPartOfTheTransaction() {
		for (int order : new int[] { Ordered.HIGHEST_PRECEDENCE, 0, Ordered.LOWEST_PRECEDENCE }) {
			this.application.inTransaction(() -> {
				this.shop.order("first " + order);
				TransactionSynchronizationManager.registerSynchronization(new Hook(order) {
					@Override
					public void beforeCommit(boolean readOnly) {
						EmitInCallbacksTests.this.shop.order("late " + order);
					}
				});
			});
			assertThatExceptionOfType(Mishap.class).isThrownBy(() -> this.application.inTransaction(() -> {
				this.shop.order("never " + order);
				TransactionSynchronizationManager.registerSynchronization(new Hook(order) {
					@Override
					public void beforeCommit(boolean readOnly) {
						EmitInCallbacksTests.this.shop.order("never, late " + order);
						throw new Mishap();
					}
				});
			}));
		}

		assertThat(this.shop.told()).hasSize(6).containsExactlyInAnyOrderElementsOf(this.shop.orders());
	}

	@Test
	void theFirstEventOfATransactionMayBeEmittedBeforeTheCommitByASynchronization() {
		for (int order : new int[] { Ordered.HIGHEST_PRECEDENCE, 0, Ordered.LOWEST_PRECEDENCE }) {
			this.application
				.inTransaction(() -> TransactionSynchronizationManager.registerSynchronization(new Hook(order) {
					@Override
					public void beforeCommit(boolean readOnly) {
						EmitInCallbacksTests.this.shop.order("late " + order);
					}
				}));
		}

		assertThat(this.shop.told()).hasSize(3).containsExactlyInAnyOrderElementsOf(this.shop.orders());
	}

	@Test
	void anEventEmittedBeforeTheCompletionByASynchronizationIsPartOfTheTransaction() {
		for (boolean rollback : new boolean[] { false, true }) {
			for (boolean first : new boolean[] { false, true }) {
				this.application.inTransaction((status) -> {
					if (!first) {
						this.shop.order("early");
					}
					TransactionSynchronizationManager.registerSynchronization(new Hook(0) {
						@Override
						public void beforeCompletion() {
							EmitInCallbacksTests.this.shop.order("late, first: " + first);
						}
					});
					if (rollback) {
						status.setRollbackOnly();
					}
				});
			}
		}

		assertOrdersAndEvents("early", "late, first: false", "late, first: true");
	}

	@Test
	void anEventEmittedAfterTheCommitByASynchronizationIsStored() {
		this.application.inTransaction(() -> {
			this.shop.order("before");
			TransactionSynchronizationManager.registerSynchronization(new Hook(0) {
				@Override
				public void afterCommit() {
					EmitInCallbacksTests.this.shop.tell("after");
				}
			});
		});

		assertThat(this.shop.told()).containsExactly("before", "after");
	}

	@Test
	void theFirstEventOfATransactionMayBeEmittedAfterTheCommit() {
		this.application.inTransaction(() -> TransactionSynchronizationManager.registerSynchronization(new Hook(0) {
			@Override
			public void afterCommit() {
				EmitInCallbacksTests.this.shop.tell("after");
			}
		}));

		assertThat(this.shop.told()).containsExactly("after");
	}

	@Test
	void anEventEmittedAfterTheCommitOfAnInnerTransactionSurvivesTheRollbackOfTheOuter() {
		this.application.inTransaction((outer) -> {
			in(REQUIRES_NEW, (inner) -> TransactionSynchronizationManager.registerSynchronization(new Hook(0) {
				@Override
				public void afterCommit() {
					EmitInCallbacksTests.this.shop.tell("after");
				}
			}));
			outer.setRollbackOnly();
		});

		assertThat(this.shop.told()).containsExactly("after");
	}

	@Test
	void anEventEmittedAfterTheCommitInATransactionOfItsOwnIsStored() {
		this.application.inTransaction(() -> {
			this.shop.tell("before");
			TransactionSynchronizationManager.registerSynchronization(new Hook(0) {
				@Override
				public void afterCommit() {
					in(REQUIRES_NEW, (status) -> EmitInCallbacksTests.this.shop.order("committed"));
					in(REQUIRES_NEW, (status) -> {
						EmitInCallbacksTests.this.shop.order("rolled back");
						status.setRollbackOnly();
					});
				}
			});
		});

		assertThat(this.shop.told()).containsExactly("before", "committed");
	}

	@Test
	void transactionalEventListenersMayEmit() {
		ApplicationEventPublisher publisher = this.application.bean(Publisher.class).publisher();
		this.application.inTransaction(() -> publisher.publishEvent(new Told("committed")));
		this.application.inTransaction((status) -> {
			publisher.publishEvent(new Told("rolled back"));
			status.setRollbackOnly();
		});

		assertThat(this.shop.told()).containsExactly("before the commit: committed", "after the commit: committed");
	}

	@Test
	void noEventEmittedWhileARollbackCompletesIsLostInSilence() {
		List<EventId> returned = new ArrayList<>();
		this.application.inTransaction((status) -> {
			this.shop.order("rolled back");
			TransactionSynchronizationManager.registerSynchronization(new Hook(0) {
				@Override
				public void afterCompletion(int completion) {
					returned.add(EmitInCallbacksTests.this.shop.tell("after the rollback"));
				}
			});
			status.setRollbackOnly();
		});

		// Refusing would be right as well: then nothing was returned.
		assertThat(this.tables.rows()).extracting(OutboxTables.Row::eventId)
			.containsExactlyElementsOf(returned.stream().map(EventId::value).toList());
	}

	@Test
	void noEventEmittedWhileACommitCompletesIsLostInSilence() {
		List<EventId> returned = new ArrayList<>();
		this.application.inTransaction(() -> {
			returned.add(this.shop.order("committed"));
			TransactionSynchronizationManager.registerSynchronization(new Hook(0) {
				@Override
				public void afterCompletion(int completion) {
					returned.add(EmitInCallbacksTests.this.shop.tell("after the commit"));
				}
			});
		});

		assertThat(this.tables.rows()).extracting(OutboxTables.Row::eventId)
			.containsExactlyElementsOf(returned.stream().map(EventId::value).toList());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Publisher publisher(ApplicationEventPublisher publisher) {
			return new Publisher(publisher);
		}

		@Bean
		Teller teller(TransactionalOutbox outbox) {
			return new Teller(outbox);
		}

	}

	record Publisher(ApplicationEventPublisher publisher) {
	}

	record Told(String label) {
	}

	static class Teller {

		private final TransactionalOutbox outbox;

		Teller(TransactionalOutbox outbox) {
			this.outbox = outbox;
		}

		@TransactionalEventListener(phase = TransactionPhase.BEFORE_COMMIT)
		public void before(Told event) {
			this.outbox.emit(new Shop.Ordered("before the commit: " + event.label()));
		}

		@TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
		public void after(Told event) {
			this.outbox.emit(new Shop.Ordered("after the commit: " + event.label()));
		}

	}

}
