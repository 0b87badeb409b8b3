package io.pyxbox.scenario;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.datasource.DelegatingDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application needs its connections itself, and the workers wait for theirs.
 */
class BusyPoolTests extends Scenario {

	@Test
	void waitingForAConnectionTakesNoTimeFromWhatIsDelivered() {
		this.ledger.create();
		TestApplication application = prepare(Crowded.class);
		application.outbox().emitAll(counted("a", 1, 10));
		application.bean(Turnstile.class).slow = true;

		application.start();

		await().until(() -> this.ledger.numbers().size() == 10);
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 10));
	}

	/**
	 * Whoever wants a connection waits for longer than a chunk may take.
	 */
	static final class Turnstile extends DelegatingDataSource {

		private volatile boolean slow;

		Turnstile(DataSource target) {
			super(target);
		}

		@Override
		public Connection getConnection() throws SQLException {
			try {
				if (this.slow) {
					new CountDownLatch(1).await(1_100, TimeUnit.MILLISECONDS);
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return super.getConnection();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Crowded {

		@Bean
		WritingListener writingListener(Ledger ledger) {
			return new WritingListener(ledger);
		}

		@Bean
		static BeanPostProcessor turnstile() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return (bean instanceof DataSource dataSource) ? new Turnstile(dataSource) : bean;
				}

			};
		}

	}

	record WritingListener(Ledger ledger) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

	}

}
