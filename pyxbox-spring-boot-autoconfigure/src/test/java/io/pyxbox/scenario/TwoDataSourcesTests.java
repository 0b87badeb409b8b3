package io.pyxbox.scenario;

import java.util.Random;

import javax.sql.DataSource;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.autoconfigure.PyxboxDataSource;
import io.pyxbox.autoconfigure.PyxboxTransactionManager;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Promise 1 in an application of two databases, whose outbox is in the one that is not
 * primary: an event has the fate of its own database's transaction.
 */
class TwoDataSourcesTests extends Scenario {

	private final TestDatabase audit = endAfterwards(TestDatabase.create());

	private final JdbcClient auditTables = JdbcClient.create(this.audit.dataSource());

	private TestApplication application;

	private Shop shop;

	@BeforeEach
	void openShop() {
		this.ledger.create();
		this.auditTables.sql("create table audited (label text)").update();
		this.application = start(App.class, "audit.url=" + this.audit.jdbcUrl(), "pyxbox.poller.auto-startup=false");
		this.shop = Shop.open(this.application, this.tables);
	}

	@Test
	void aMethodOfTheOtherDatabaseDoesNotTakeEventsAlong() {
		Service service = this.application.bean(Service.class);

		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> service.audit("stays", this.shop));
		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> service.order("goes", this.shop));

		assertThat(this.shop.told()).containsExactly("stays").isEqualTo(this.shop.orders());
		assertThat(this.auditTables.sql("select label from audited").query().listOfRows()).isEmpty();
	}

	@Test
	void whateverTransactionsOfTheOtherDatabaseDoTheEventsAreThoseOfTheOrders() {
		TransactionTemplate other = template("auditTransactions", TransactionDefinition.PROPAGATION_REQUIRES_NEW);
		for (long seed = 1; seed <= 40; seed++) {
			this.shop = Shop.open(this.application, this.tables);
			Random random = new Random(seed);
			RandomTransactions transactions = new RandomTransactions((label) -> order(label, other, random.nextInt(3)),
					random, true, (propagation) -> template("orderTransactions", propagation));

			transactions.run();

			assertThat(this.shop.told()).as("seed %d: %s", seed, transactions.script())
				.containsExactlyInAnyOrderElementsOf(this.shop.orders());
		}
	}

	@Test
	void eachManagerOfTheDatabaseIsJoinedAndTheOtherToo() {
		for (String outer : new String[] { "orderTransactions", "moreOrderTransactions" }) {
			String inner = outer.equals("orderTransactions") ? "moreOrderTransactions" : "orderTransactions";
			this.shop = Shop.open(this.application, this.tables);

			template(outer, TransactionDefinition.PROPAGATION_REQUIRED).executeWithoutResult((status) -> {
				this.shop.order("outer");
				template(inner, TransactionDefinition.PROPAGATION_REQUIRED)
					.executeWithoutResult((participant) -> this.shop.order("participant"));
				template(inner, TransactionDefinition.PROPAGATION_NESTED).executeWithoutResult((nested) -> {
					this.shop.order("nested");
					nested.setRollbackOnly();
				});
				template(inner, TransactionDefinition.PROPAGATION_REQUIRES_NEW)
					.executeWithoutResult((own) -> this.shop.order("own"));
				template(inner, TransactionDefinition.PROPAGATION_NOT_SUPPORTED)
					.executeWithoutResult((suspended) -> this.shop.order("suspended"));
			});
			template(inner, TransactionDefinition.PROPAGATION_REQUIRED).executeWithoutResult((status) -> {
				this.shop.order("rolled back");
				status.setRollbackOnly();
			});

			assertThat(this.shop.told()).as(outer)
				.containsExactly("own", "suspended", "outer", "participant")
				.containsExactlyInAnyOrderElementsOf(this.shop.orders());
		}
	}

	@Test
	void aListenerReceivesEventsInTransactionsOfItsOwnDatabase() {
		this.application.outbox().emitAll(counted("a", 1, 5));

		this.application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 5));
		// The third one failed after it had written to both.
		assertThat(this.auditTables.sql("select label::int from audited").query(Integer.class).list())
			.containsExactly(1, 2, 3, 3, 4, 5);
	}

	private void order(String label, TransactionTemplate other, int dice) {
		if (dice == 0) {
			this.shop.order(label);
			return;
		}
		other.executeWithoutResult((status) -> {
			this.shop.order(label);
			if (dice == 1) {
				status.setRollbackOnly();
			}
		});
	}

	private TransactionTemplate template(String manager, int propagation) {
		TransactionTemplate template = new TransactionTemplate(
				this.application.bean(manager, JdbcTransactionManager.class));
		template.setPropagationBehavior(propagation);
		return template;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		@PyxboxDataSource
		DataSource orderData(DataSourceProperties properties) {
			return properties.initializeDataSourceBuilder().build();
		}

		@Bean
		@Primary
		DataSource auditData(DataSourceProperties properties, @Value("${audit.url}") String url) {
			return DataSourceBuilder.create()
				.url(url)
				.username(properties.getUsername())
				.password(properties.getPassword())
				.build();
		}

		@Bean
		@PyxboxTransactionManager
		JdbcTransactionManager orderTransactions(@PyxboxDataSource DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

		@Bean
		JdbcTransactionManager moreOrderTransactions(@PyxboxDataSource DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

		@Bean
		@Primary
		JdbcTransactionManager auditTransactions(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

		@Bean
		@Primary
		JdbcClient orders(@PyxboxDataSource DataSource dataSource) {
			return JdbcClient.create(dataSource);
		}

		@Bean
		JdbcClient audits(DataSource dataSource) {
			return JdbcClient.create(dataSource);
		}

		@Bean
		Service service(@Qualifier("audits") JdbcClient audits) {
			return new Service(audits);
		}

		@Bean
		Listener listener(JdbcClient orders, @Qualifier("audits") JdbcClient audits) {
			return new Listener(new Ledger(orders), audits);
		}

	}

	static class Service {

		private final JdbcClient audits;

		Service(JdbcClient audits) {
			this.audits = audits;
		}

		@Transactional("auditTransactions")
		public void audit(String label, Shop shop) {
			this.audits.sql("insert into audited values (?)").param(label).update();
			shop.order(label);
			throw new Mishap();
		}

		@Transactional("orderTransactions")
		public void order(String label, Shop shop) {
			shop.order(label);
			throw new Mishap();
		}

	}

	record Listener(Ledger ledger, JdbcClient audits) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
			this.audits.sql("insert into audited values (?)").param(String.valueOf(event.number())).update();
			if (event.number() == 3 && metadata.attempt() == 1) {
				throw new Mishap();
			}
		}

	}

}
