package io.pyxbox.scenario;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The promises hold where the clocks of the instances differ by twenty minutes: only that
 * of the database counts.
 */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClockSkewTests extends Scenario {

	private static final int PER_INSTANCE = 10;

	private static final int GIVEN_UP = 15;

	private Path library;

	@BeforeEach
	void requireLibrary() {
		Optional<Path> found = FakeTime.library();
		if (found.isEmpty()) {
			System.out.println("Skipped: clocks that differ need libfaketime, which is not installed");
		}
		Assumptions.assumeTrue(found.isPresent(), "libfaketime is not installed");
		this.library = found.get();
	}

	@BeforeEach
	void createTables() {
		this.ledger.create();
		RandomWriters.createTables(this.tables);
		this.tables.execute("""
				create table attempted (consumer text, key text, number int, attempt int, clock timestamptz,
				  at timestamptz default clock_timestamp())
				""");
	}

	@Test
	void retriesOrderAndDeadLettersFollowTheClockOfTheDatabase() throws Exception {
		String[] retries = { "pyxbox.retry.max-attempts=3", "pyxbox.retry.initial-interval=1s",
				"pyxbox.retry.multiplier=1", "pyxbox.retry.max-interval=1s", "pyxbox.retry.jitter=0" };
		startChild(FakeTime.environment(this.library, "+10m"), App.class, retries);
		startChild(FakeTime.environment(this.library, "-10m"), App.class, retries);
		int all = 2 * PER_INSTANCE * RandomWriters.KEYS;
		await().atMost(Duration.ofSeconds(120)).until(() -> this.tables.count("written") == all);

		await().atMost(Duration.ofSeconds(90)).until(() -> this.tables.events() == 0);

		assertThat(minutes("min(clock - at)")).as("one clock is late").isLessThan(-9);
		assertThat(minutes("max(clock - at)")).as("the other one is early").isGreaterThan(9);
		List<Counted> delivered = RandomWriters.committed(this.tables)
			.stream()
			.filter((event) -> event.number() != GIVEN_UP)
			.toList();
		for (String consumer : List.of("inside", "outside")) {
			assertThat(OrderPerKey.violations(this.ledger.events(consumer), delivered)).as(consumer).isEmpty();
		}
		assertThat(secondsBetweenAttempts("min")).isGreaterThanOrEqualTo(1);
		assertThat(secondsBetweenAttempts("max")).isLessThan(60);
		assertThat(this.tables.deadLetters()).hasSize(2 * RandomWriters.KEYS)
			.allSatisfy((dead) -> assertThat(dead.attempts()).isEqualTo(3));
		assertThat(this.tables.count("""
				events_dead_letter where created_at <= first_failed_at and first_failed_at < last_failed_at
				  and last_failed_at <= clock_timestamp() and created_at > clock_timestamp() - interval '8 minutes'
				""")).isEqualTo(2 * RandomWriters.KEYS);
	}

	@Test
	void delayedEventsAreDueByTheClockOfTheDatabase() throws Exception {
		this.tables.execute("create table delivered (emitted timestamptz, at timestamptz default clock_timestamp())");
		startChild(FakeTime.environment(this.library, "+10m"), Delaying.class);
		startChild(FakeTime.environment(this.library, "-10m"), Delaying.class);

		await().atMost(Duration.ofSeconds(180)).until(() -> this.tables.count("delivered") == 4);

		String waited = "select %s(extract(epoch from at - emitted))::float8 from delivered";
		assertThat(this.tables.jdbc().sql(waited.formatted("min")).query(Double.class).single()).isBetween(2.0, 60.0);
		assertThat(this.tables.jdbc().sql(waited.formatted("max")).query(Double.class).single()).isBetween(2.0, 60.0);
	}

	private double minutes(String difference) {
		return this.tables.jdbc()
			.sql("select extract(epoch from " + difference + ")::float8 / 60 from attempted")
			.query(Double.class)
			.single();
	}

	private double secondsBetweenAttempts(String which) {
		return this.tables.jdbc().sql("""
				select %s(extract(epoch from wait))::float8 from (
				  select at - lag(at) over (partition by consumer, key, number order by at) as wait from attempted) w
				""".formatted(which)).query(Double.class).single();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Listeners listeners(Ledger ledger, DataSource dataSource) {
			return new Listeners(ledger, dataSource);
		}

		@Bean
		ApplicationRunner writer(JdbcClient jdbc, TransactionalOutbox outbox, TransactionTemplate transaction) {
			return (arguments) -> {
				for (int i = 0; i < PER_INSTANCE * RandomWriters.KEYS; i++) {
					String key = "key-%02d".formatted(i % RandomWriters.KEYS);
					transaction.executeWithoutResult((status) -> write(jdbc, outbox, key));
				}
			};
		}

		private static void write(JdbcClient jdbc, TransactionalOutbox outbox, String key) {
			int version = jdbc.sql("update aggregate set version = version + 1 where key = ? returning version")
				.param(key)
				.query(Integer.class)
				.single();
			jdbc.sql("insert into written values (?, ?)").params(key, version).update();
			outbox.emit(new Counted(key, version));
		}

	}

	/** Delays an event by three seconds, and another one until then. */
	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Delaying {

		@Bean
		Late late(JdbcClient jdbc) {
			return new Late(jdbc);
		}

		@Bean
		ApplicationRunner writer(JdbcClient jdbc, TransactionalOutbox outbox) {
			return (arguments) -> {
				Duration delay = Duration.ofSeconds(3);
				OffsetDateTime now = jdbc.sql("select clock_timestamp()").query(OffsetDateTime.class).single();
				outbox.emit(new Counted("a", 1), EmitOptions.none().notBefore(delay));
				outbox.emit(new Counted("a", 2), EmitOptions.none().notBefore(now.toInstant().plus(delay)));
			};
		}

	}

	record Late(JdbcClient jdbc) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.jdbc.sql("insert into delivered (emitted) values (?)")
				.param(metadata.createdAt().atOffset(ZoneOffset.UTC))
				.update();
		}

	}

	/** Every tenth event fails twice, one of each key always. */
	record Listeners(Ledger ledger, DataSource dataSource) {

		@OutboxListener(consumer = "inside")
		void inside(Counted event, EventMetadata metadata) {
			on(event, metadata);
		}

		@OutboxListener(consumer = "outside", transactional = false)
		void outside(Counted event, EventMetadata metadata) {
			on(event, metadata);
		}

		private void on(Counted event, EventMetadata metadata) {
			noteAttempt(event, metadata);
			if (event.number() == GIVEN_UP || (event.number() % 10 == 0 && metadata.attempt() < 3)) {
				throw new Mishap();
			}
			this.ledger.write(event, metadata);
		}

		/**
		 * What a failed attempt writes stays: on a connection that Spring knows nothing
		 * of, or it would register a callback of the transaction.
		 */
		private void noteAttempt(Counted event, EventMetadata metadata) {
			HikariDataSource pool = (HikariDataSource) this.dataSource;
			try (Connection connection = DriverManager.getConnection(pool.getJdbcUrl(), pool.getUsername(),
					pool.getPassword());
					PreparedStatement insert = connection.prepareStatement(
							"insert into attempted (consumer, key, number, attempt, clock) values (?, ?, ?, ?, ?)")) {
				insert.setString(1, metadata.consumer().value());
				insert.setString(2, event.key());
				insert.setInt(3, event.number());
				insert.setInt(4, metadata.attempt());
				insert.setTimestamp(5, Timestamp.from(Instant.now()));
				insert.executeUpdate();
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
