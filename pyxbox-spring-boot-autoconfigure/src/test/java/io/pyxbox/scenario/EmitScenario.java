package io.pyxbox.scenario;

import java.util.function.Consumer;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One application for all tests of a class, which emits and has no listeners, so that
 * events stay where they were stored. The shop is empty before each test.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class EmitScenario {

	static final int REQUIRED = TransactionDefinition.PROPAGATION_REQUIRED;

	static final int NESTED = TransactionDefinition.PROPAGATION_NESTED;

	static final int REQUIRES_NEW = TransactionDefinition.PROPAGATION_REQUIRES_NEW;

	static final int NOT_SUPPORTED = TransactionDefinition.PROPAGATION_NOT_SUPPORTED;

	static final int SUPPORTS = TransactionDefinition.PROPAGATION_SUPPORTS;

	final TestDatabase database;

	final OutboxTables tables;

	private final Class<?> configuration;

	private final String[] properties;

	TestApplication application;

	Shop shop;

	EmitScenario(Class<?> configuration, String... properties) {
		this(TestDatabase.create(), configuration, properties);
	}

	EmitScenario(TestDatabase database, Class<?> configuration, String... properties) {
		this.database = database;
		this.tables = new OutboxTables(database);
		this.configuration = configuration;
		this.properties = properties;
	}

	@BeforeAll
	void start() {
		this.application = TestApplication.start(this.database, this.configuration, this.properties);
	}

	@AfterAll
	void end() {
		if (this.application != null) {
			this.application.close();
		}
		this.database.close();
	}

	@BeforeEach
	void openShop() {
		this.shop = Shop.open(this.application, this.tables);
	}

	void in(int propagation, Consumer<TransactionStatus> work) {
		this.application.transaction(propagation).executeWithoutResult(work);
	}

	void assertOrdersAndEvents(String... labels) {
		assertThat(this.shop.orders()).containsExactlyInAnyOrder(labels);
		assertThat(this.shop.told()).containsExactly(labels);
	}

	abstract static class Hook implements TransactionSynchronization {

		private final int order;

		Hook(int order) {
			this.order = order;
		}

		@Override
		public int getOrder() {
			return this.order;
		}

	}

}
