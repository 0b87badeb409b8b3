package io.pyxbox.autoconfigure;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

class SmokeTests {

	@Test
	void works() throws Exception {
		try (TestDatabase db = TestDatabase.create();
				ConfigurableApplicationContext context = new SpringApplicationBuilder(App.class)
					.web(WebApplicationType.NONE)
					.run("--spring.datasource.url=" + db.jdbcUrl(), "--spring.datasource.username=" + db.username(),
							"--spring.datasource.password=" + db.password(), "--spring.flyway.enabled=false",
							"--spring.liquibase.enabled=false")) {
			App app = context.getBean(App.class);
			TransactionalOutbox outbox = context.getBean(TransactionalOutbox.class);
			TransactionTemplate tx = context.getBean(TransactionTemplate.class);
			long t = System.nanoTime();
			tx.executeWithoutResult((s) -> {
				for (int i = 0; i < 100; i++) {
					outbox.emit(new Placed("k" + i % 7, i));
				}
			});
			assertThat(app.latch.await(10, TimeUnit.SECONDS)).isTrue();
			System.err.println((System.nanoTime() - t) / 1e6 + " ms " + app.seen);
			org.awaitility.Awaitility.await()
				.until(() -> context.getBean(JdbcClient.class)
					.sql("select count(*) from events")
					.query(Long.class)
					.single() == 0);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		final List<Object> seen = new CopyOnWriteArrayList<>();

		final CountDownLatch latch = new CountDownLatch(100);

		@OutboxListener
		void on(Placed placed) {
			this.seen.add(placed.n());
			this.latch.countDown();
		}

	}

	@OutboxEvent(type = "placed", partitionKey = "key")
	record Placed(String key, int n) {
	}

}
