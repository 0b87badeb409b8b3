package io.pyxbox.scenario;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 7: when a process dies, its work is free as soon as PostgreSQL sees the
 * connection close.
 */
class InstantFailoverTests extends Scenario {

	@BeforeEach
	void createTables() {
		this.ledger.create();
		this.tables.execute("create table held (consumer text)");
	}

	@Test
	void theWorkOfAKilledProcessIsDoneByAnotherAtOnce() throws Exception {
		TestApplication application = prepare(Working.class);
		application.outbox().emitAll(counted("a", 1, 3));
		ChildJvm child = startChild(Hanging.class);
		await().atMost(Duration.ofSeconds(60)).until(() -> this.tables.count("held") == 2);
		application.start();
		await().during(Duration.ofSeconds(1)).until(this.ledger::size, Predicate.isEqual(0));

		child.kill();

		await().atMost(Duration.ofSeconds(5)).until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), 1, 3)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("outside"), 1, 3)).isEmpty();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Working {

		@Bean
		Worker worker(Ledger ledger) {
			return new Worker(ledger, null);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Hanging {

		@Bean
		Worker worker(Ledger ledger, DataSource dataSource) {
			return new Worker(ledger, new Hang(dataSource));
		}

	}

	/**
	 * Says on a connection of its own that it has work, and never returns.
	 */
	record Hang(DataSource dataSource) {

		void on(EventMetadata metadata) throws InterruptedException {
			JdbcClient.create(unpooled())
				.sql("insert into held values (?)")
				.param(metadata.consumer().value())
				.update();
			new CountDownLatch(1).await();
		}

		private DataSource unpooled() {
			var pool = (HikariDataSource) this.dataSource;
			return new DriverManagerDataSource(pool.getJdbcUrl(), pool.getUsername(), pool.getPassword());
		}

	}

	record Worker(Ledger ledger, @Nullable Hang hang) {

		@OutboxListener(consumer = "transactional")
		void transactional(Counted event, EventMetadata metadata) throws InterruptedException {
			on(event, metadata);
		}

		@OutboxListener(consumer = "outside", transactional = false)
		void outside(Counted event, EventMetadata metadata) throws InterruptedException {
			on(event, metadata);
		}

		private void on(Counted event, EventMetadata metadata) throws InterruptedException {
			if (this.hang != null) {
				this.hang.on(metadata);
			}
			this.ledger.write(event, metadata);
		}

	}

}
