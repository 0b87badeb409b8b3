package io.pyxbox.autoconfigure;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.dispatch.OutboxPoller;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Which threads deliver, and when they are there.
 */
@Timeout(60)
class DeliveryThreadsTests {

	private static final TestDatabase database = TestDatabase.create();

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void deliverWhereAllBeansAreLazy() throws Exception {
		try (ConfigurableApplicationContext application = start(Listening.class,
				"spring.main.lazy-initialization=true")) {
			application.getBean(TransactionalOutbox.class).emit(new Noted("x"));

			assertThat(application.getBean(Heard.class).next()).isNotNull();
		}
	}

	@Test
	void areNotStartedWithoutListeners() {
		Set<Thread> before = threads();

		try (ConfigurableApplicationContext application = start(Silent.class)) {
			assertThat(application.getBean(OutboxPoller.class).isRunning()).isTrue();
			assertThat(threads()).isSubsetOf(before);
		}
	}

	@Test
	void areNotStartedWhereTheApplicationDoesNotWantThemYet() throws Exception {
		Set<Thread> before = threads();

		try (ConfigurableApplicationContext application = start(Listening.class, "pyxbox.poller.auto-startup=false")) {
			OutboxPoller poller = application.getBean(OutboxPoller.class);
			assertThat(poller.isRunning()).isFalse();
			assertThat(threads()).isSubsetOf(before);

			application.getBean(TransactionalOutbox.class).emit(new Noted("x"));
			poller.start();

			assertThat(application.getBean(Heard.class).next()).isNotNull();
		}
	}

	@Test
	void endWithTheContext() throws Exception {
		Set<Thread> before = threads();

		try (ConfigurableApplicationContext application = start(Listening.class)) {
			application.getBean(TransactionalOutbox.class).emit(new Noted("x"));
			application.getBean(Heard.class).next();
			assertThat(threads()).hasSizeGreaterThan(before.size());
		}

		await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> assertThat(threads()).isSubsetOf(before));
	}

	@Test
	void areAsManyAsHalfOfTheConnectionPoolAndOneThatLooks() {
		try (ConfigurableApplicationContext application = start(Listening.class)) {
			assertThat(threads()).extracting(Thread::getName)
				.contains("pyxbox-worker-1", "pyxbox-worker-2", "pyxbox-poller")
				.doesNotContain("pyxbox-worker-3");
			assertThat(application.isActive()).isTrue();
		}
	}

	@Test
	void areAsManyAsConfigured() {
		try (ConfigurableApplicationContext application = start(Listening.class, "pyxbox.poller.concurrency=3")) {
			assertThat(threads()).extracting(Thread::getName)
				.contains("pyxbox-worker-3")
				.doesNotContain("pyxbox-worker-4");
			assertThat(application.isActive()).isTrue();
		}
	}

	@Test
	void areVirtualWhereSpringBootHasThemSwitchedOn() throws Exception {
		boolean present = Runtime.version().feature() >= 21;
		if (!present) {
			System.out.println("Skipped: Java " + Runtime.version().feature() + " has no virtual threads, 21 has");
		}
		Assumptions.assumeTrue(present, "Virtual threads came with Java 21");

		try (ConfigurableApplicationContext application = start(Listening.class,
				"spring.threads.virtual.enabled=true")) {
			application.getBean(TransactionalOutbox.class).emit(new Noted("x"));
			Heard heard = application.getBean(Heard.class);

			assertThat(List.of(isVirtual(heard.next()), isVirtual(heard.next()))).containsExactly(true, true);
		}
	}

	@Test
	void arePlatformThreadsOtherwise() throws Exception {
		try (ConfigurableApplicationContext application = start(Listening.class)) {
			application.getBean(TransactionalOutbox.class).emit(new Noted("x"));

			assertThat(isVirtual(application.getBean(Heard.class).next())).isFalse();
		}
	}

	private static ConfigurableApplicationContext start(Class<?> configuration, String... properties) {
		String[] all = Arrays.copyOf(properties, properties.length + 1);
		all[properties.length] = TestApplications.WITHOUT_JPA;
		return TestApplications.start(database, configuration, all);
	}

	private static Set<Thread> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("pyxbox"))
			.collect(Collectors.toSet());
	}

	private static boolean isVirtual(Thread thread) throws Exception {
		return Runtime.version().feature() >= 21 && (boolean) Thread.class.getMethod("isVirtual").invoke(thread);
	}

	record Noted(String text) {
	}

	/**
	 * The threads that listeners were called by.
	 */
	static final class Heard {

		private final BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();

		void add() {
			this.threads.add(Thread.currentThread());
		}

		Thread next() throws InterruptedException {
			return Objects.requireNonNull(this.threads.poll(20, TimeUnit.SECONDS), "No listener was called");
		}

	}

	static final class Listener {

		private final Heard heard;

		Listener(Heard heard) {
			this.heard = heard;
		}

		@OutboxListener
		public void inTransaction(Noted event) {
			this.heard.add();
		}

		@OutboxListener(transactional = false)
		public void outside(Noted event) {
			this.heard.add();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Listening {

		@Bean
		Heard heard() {
			return new Heard();
		}

		@Bean
		Listener listener(Heard heard) {
			return new Listener(heard);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Silent {

	}

}
