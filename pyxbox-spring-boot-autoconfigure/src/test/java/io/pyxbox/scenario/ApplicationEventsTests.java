package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.pyxbox.InvalidEventException;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionRequiredException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What an application publishes as Spring's events is emitted, if its class says so, in
 * the transaction of the publisher.
 */
class ApplicationEventsTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void anAnnotatedObjectIsEmittedInTheTransaction() {
		TestApplication application = prepare(Local.class);

		application.inTransaction(() -> {
			application.publish(new Counted("a", 1));
			assertThat(this.tables.events()).as("stored by another connection").isZero();
		});
		application.inTransaction((status) -> {
			application.publish(new Counted("a", 2));
			status.setRollbackOnly();
		});

		assertThat(stored()).containsExactly("{\"key\": \"a\", \"number\": 1}");
	}

	@Test
	void withoutATransactionItIsStoredAtOnce() {
		TestApplication application = prepare(Local.class);

		application.publish(new Counted("a", 1));

		assertThat(stored()).containsExactly("{\"key\": \"a\", \"number\": 1}");
	}

	@Test
	void whereATransactionIsRequiredThePublisherLearnsThatThereIsNone() {
		TestApplication application = prepare(Local.class, "pyxbox.outbox.require-transaction=true");

		assertThatExceptionOfType(TransactionRequiredException.class)
			.isThrownBy(() -> application.publish(new Counted("a", 1)));

		assertThat(application.bean(LocalListener.class).heard()).isEmpty();
	}

	@Test
	void whatCannotBeStoredIsRefusedBeforeAnyoneHearsOfIt() {
		TestApplication application = prepare(Local.class);

		application.inTransaction(() -> assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> application.publish(new Counted("a \0", 1))));

		assertThat(application.bean(LocalListener.class).heard()).isEmpty();
	}

	@Test
	void localListenersHearIt() {
		TestApplication application = prepare(Local.class);
		LocalListener listener = application.bean(LocalListener.class);

		application.inTransaction(() -> {
			application.publish(new Counted("a", 1));
			assertThat(listener.heard()).containsExactly("at once 1");
		});

		assertThat(listener.heard()).containsExactly("at once 1", "after the commit 1");
	}

	@Test
	void whatALocalListenerPublishesInConsequenceIsStoredAfterIt() {
		TestApplication application = prepare(Consequences.class);

		application.inTransaction(() -> application.publish(new Counted("a", 1)));

		assertThat(this.tables.jdbc().sql("select type from events order by id").query(String.class).list())
			.containsExactly("counted", "at-once", "after-commit");
	}

	@Test
	void objectsOfOtherClassesAreNotStored() {
		TestApplication application = prepare(Local.class);

		application.inTransaction(() -> {
			application.publish(new Plain(1));
			application.publish(new Special(1));
			application.publish("a text");
		});

		assertThat(this.tables.events()).isZero();
	}

	@Test
	void aGenericEventIsStored() {
		TestApplication application = prepare(Local.class);

		application.inTransaction(() -> application.publish(new Wrapped<>(List.of(1, 2))));

		assertThat(stored()).containsExactly("{\"content\": [1, 2]}");
	}

	@Test
	void itCanBeSwitchedOff() {
		TestApplication application = prepare(Local.class, "pyxbox.application-events.enabled=false");

		application.inTransaction(() -> application.publish(new Counted("a", 1)));

		assertThat(this.tables.events()).isZero();
		assertThat(application.bean(LocalListener.class).heard()).hasSize(2);
	}

	@Test
	void aMulticasterWithThreadsDoesNotTakeItOutOfTheTransaction() {
		TestApplication application = prepare(Asynchronous.class);

		application.inTransaction((status) -> {
			application.publish(new Counted("a", 1));
			status.setRollbackOnly();
		});
		application.inTransaction(() -> application.publish(new Counted("a", 2)));

		assertThat(stored()).containsExactly("{\"key\": \"a\", \"number\": 2}");
		ThreadListener listener = application.bean(ThreadListener.class);
		await().until(() -> listener.threads().size() == 2);
		assertThat(listener.threads()).doesNotContain(Thread.currentThread());
	}

	@Test
	void anEventThatReachesParentAndChildIsStoredOnce() {
		try (Family family = Family.start(this.database, Local.class, Child.class)) {
			family.child().publishEvent(new Counted("child", 1));
			family.parent().publishEvent(new Counted("parent", 2));
		}

		assertThat(stored()).containsExactly("{\"key\": \"child\", \"number\": 1}",
				"{\"key\": \"parent\", \"number\": 2}");
	}

	@Test
	void aListenerInAChildOfTheContextThatDeliversFailsTheStart() {
		assertThatException().isThrownBy(() -> Family.start(this.database, Local.class, ListeningChild.class))
			.withMessageContaining("childListener")
			.withMessageContaining("child of the context");
	}

	@Test
	void anEventThatADeliveryPublishesForLocalListenersIsNotStoredAgain() {
		TestApplication application = start(Republishing.class);

		application.inTransaction(() -> application.publish(new Counted("a", 1)));

		Republisher republisher = application.bean(Republisher.class);
		await().until(() -> republisher.delivered().size() == 3 && this.tables.events() == 0);
		// Its equal is another event: it is for whoever publishes it to come to an end.
		assertThat(republisher.delivered()).containsExactly(1, 101, 201);
		assertThat(application.bean(LocalListener.class).heard().stream().filter((each) -> each.startsWith("at once")))
			.containsExactly("at once 1", "at once 1", "at once 101", "at once 101", "at once 201", "at once 201");
	}

	private List<String> stored() {
		return this.tables.jdbc().sql("select payload::text from events order by id").query(String.class).list();
	}

	record Plain(int number) {
	}

	static class Special extends General {

		Special(int number) {
			super(number);
		}

	}

	@OutboxEvent(type = "general")
	static class General {

		private final int number;

		General(int number) {
			this.number = number;
		}

		public int getNumber() {
			return this.number;
		}

	}

	@OutboxEvent(type = "wrapped")
	record Wrapped<T>(Collection<T> content) {
	}

	@OutboxEvent(type = "at-once")
	record AtOnce(int number) {
	}

	@OutboxEvent(type = "after-commit")
	record AfterCommit(int number) {
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Local {

		@Bean
		LocalListener localListener() {
			return new LocalListener(new ConcurrentLinkedQueue<>());
		}

	}

	static class LocalListener {

		private final Queue<String> heard;

		LocalListener(Queue<String> heard) {
			this.heard = heard;
		}

		Queue<String> heard() {
			return this.heard;
		}

		@EventListener
		void atOnce(Counted event) {
			this.heard.add("at once " + event.number());
		}

		@TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
		void afterCommit(Counted event) {
			this.heard.add("after the commit " + event.number());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Child {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ListeningChild {

		@Bean
		ChildListener childListener() {
			return new ChildListener();
		}

	}

	record ChildListener() {

		@OutboxListener
		void on(Counted event) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Consequences {

		@Bean
		ConsequenceListener consequenceListener(ApplicationEventPublisher publisher) {
			return new ConsequenceListener(publisher);
		}

	}

	static class ConsequenceListener {

		private final ApplicationEventPublisher publisher;

		ConsequenceListener(ApplicationEventPublisher publisher) {
			this.publisher = publisher;
		}

		@EventListener
		AtOnce atOnce(Counted event) {
			return new AtOnce(event.number());
		}

		@TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
		void afterCommit(Counted event) {
			this.publisher.publishEvent(new AfterCommit(event.number()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Asynchronous {

		@Bean
		SimpleApplicationEventMulticaster applicationEventMulticaster() {
			SimpleApplicationEventMulticaster multicaster = new SimpleApplicationEventMulticaster();
			multicaster.setTaskExecutor(new SimpleAsyncTaskExecutor());
			return multicaster;
		}

		@Bean
		ThreadListener threadListener() {
			return new ThreadListener(new ConcurrentLinkedQueue<>());
		}

	}

	static class ThreadListener {

		private final Queue<Thread> threads;

		ThreadListener(Queue<Thread> threads) {
			this.threads = threads;
		}

		Queue<Thread> threads() {
			return this.threads;
		}

		@EventListener
		void on(Counted event) {
			this.threads.add(Thread.currentThread());
		}

	}

	static class Republishing extends Local {

		@Bean
		Republisher republisher(ApplicationEventPublisher publisher) {
			return new Republisher(publisher, new ArrayList<>());
		}

	}

	record Republisher(ApplicationEventPublisher publisher, List<Integer> delivered) {

		@OutboxListener
		void on(Counted event) {
			this.delivered.add(event.number());
			this.publisher.publishEvent(event);
			if (event.number() < 200) {
				this.publisher.publishEvent(new Counted(event.key(), event.number() + 100));
			}
		}

	}

}
