package io.pyxbox.chaos;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.pyxbox.DeliveryIsolation;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An administrator ends sessions, one after the other.
 */
class TerminatedSessionsTests extends Trouble {

	@Test
	void tenASecondLoseNothingAndLeaveNothingBehind(CapturedOutput output) throws Exception {
		TestApplication application = start(300);
		awaitDelivery(SOON);
		List<String> threads = threads();

		terminateTenASecond(60);

		awaitDelivery(SOON);
		assertBalanced();
		HikariPoolMXBean pool = application.bean(HikariDataSource.class).getHikariPoolMXBean();
		await().until(() -> pool.getActiveConnections() == 0);
		assertThat(threads()).isEqualTo(threads);
		await().until(() -> sessions("query like 'LISTEN %'") == 1);
		assertThat(sessions("query not like 'LISTEN %'")).isLessThanOrEqualTo(pool.getTotalConnections());
		assertThat(this.tables.advisoryLocks()).isZero();
		assertWarnedAtMostOnce(output);
	}

	@Test
	void theLogIsNotFloodedByEndsOfTroubleEither(CapturedOutput output) throws Exception {
		start(300);
		awaitDelivery(SOON);

		terminateTenASecond(30);

		awaitDelivery(SOON);
		assertRelievedAtMostOnce(output);
	}

	@ParameterizedTest
	@ValueSource(classes = { Event.class, Chunk.class })
	void aSessionThatEndsUnderAListenerCostsItsEventNoAttempt(Class<?> configuration) {
		TestApplication application = start(configuration, 0);
		Attempts attempts = application.bean(Attempts.class);

		application.outbox().emit(new Entry("a", 1, 0));

		await().until(() -> this.tables.events() == 0);
		assertThat(attempts.seen()).containsExactly(1, 1);
		assertThat(this.tables.count("events_dead_letter")).isZero();
	}

	private void terminateTenASecond(int count) throws InterruptedException {
		CountDownLatch terminations = new CountDownLatch(count);
		ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
		timer.scheduleAtFixedRate(() -> {
			this.tables.jdbc().sql("""
					select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
					  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
					  order by random() limit 1) s
					""").query(Integer.class).single();
			terminations.countDown();
		}, 0, 100, TimeUnit.MILLISECONDS);
		assertThat(terminations.await(2, TimeUnit.MINUTES)).isTrue();
		timer.shutdown();
		assertThat(timer.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
	}

	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("pyxbox-worker-") || name.equals("pyxbox-poller"))
			.sorted()
			.toList();
	}

	private int sessions(String condition) {
		return this.tables.jdbc()
			.sql("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and "
					+ condition)
			.query(Integer.class)
			.single();
	}

	/** Ends its own session once, and goes on to use it. */
	record Attempts(JdbcClient jdbc, Queue<Integer> seen) {

		void on(EventMetadata metadata) {
			this.seen.add(metadata.attempt());
			if (this.seen.size() == 1) {
				this.jdbc.sql("select pg_terminate_backend(pg_backend_pid())").query().singleValue();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Event {

		@Bean
		Attempts attempts(JdbcClient jdbc) {
			return new Attempts(jdbc, new ConcurrentLinkedQueue<>());
		}

		@Bean
		EventListener listener(Attempts attempts) {
			return new EventListener(attempts);
		}

	}

	record EventListener(Attempts attempts) {

		@OutboxListener
		void on(Entry entry, EventMetadata metadata) {
			this.attempts.on(metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Chunk {

		@Bean
		Attempts attempts(JdbcClient jdbc) {
			return new Attempts(jdbc, new ConcurrentLinkedQueue<>());
		}

		@Bean
		ChunkListener listener(Attempts attempts) {
			return new ChunkListener(attempts);
		}

	}

	record ChunkListener(Attempts attempts) {

		@OutboxListener(isolation = DeliveryIsolation.CHUNK)
		void on(Entry entry, EventMetadata metadata) {
			this.attempts.on(metadata);
		}

	}

}
