package io.pyxbox.scenario;

import java.util.Random;

import javax.sql.DataSource;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promises 1 and 3 where Spring's own proxies stand in front of the pool.
 */
class EmitThroughProxiesTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@ParameterizedTest
	@ValueSource(strings = { "proxy=transaction-aware", "spring.datasource.connection-fetch=lazy" })
	void whateverTransactionsDoTheEventsAreThoseOfTheOrders(String property) {
		TestApplication application = prepare(App.class, property);
		assertThat(application.bean(DataSource.class)).isInstanceOfAny(TransactionAwareDataSourceProxy.class,
				LazyConnectionDataSourceProxy.class);
		for (long seed = 1; seed <= 30; seed++) {
			Shop shop = Shop.open(application, this.tables);
			RandomTransactions random = new RandomTransactions(shop, new Random(seed), true);

			random.run();

			assertThat(shop.told()).as("seed %d: %s", seed, random.script())
				.containsExactlyInAnyOrderElementsOf(shop.orders());
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "proxy=transaction-aware", "spring.datasource.connection-fetch=lazy" })
	void aFailedEventLeavesNothingAndItsNeighboursHaveTheirEffectOnce(String property) {
		TestApplication application = prepare(App.class, property, "pyxbox.retry.max-attempts=2");
		application.outbox().emitAll(counted("a", 1, 20));
		application.outbox().emitAll(counted("b", -3, -1));

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 20));
		assertThat(this.tables.deadLetters()).hasSize(3);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		@ConditionalOnProperty("proxy")
		static BeanPostProcessor aroundTheDataSource() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return (bean instanceof DataSource dataSource) ? new TransactionAwareDataSourceProxy(dataSource)
							: bean;
				}

			};
		}

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

	}

	record Listener(Ledger ledger) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
			if (event.number() < 0) {
				throw new Mishap();
			}
		}

	}

}
