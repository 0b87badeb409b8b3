package io.pyxbox.scenario;

import java.util.List;

import io.pyxbox.TransactionRequiredException;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Where a transaction is required, nothing is stored without one.
 */
class TransactionRequiredTests extends EmitScenario {

	TransactionRequiredTests() {
		super(App.class, "pyxbox.outbox.require-transaction=true", "pyxbox.poller.auto-startup=false");
	}

	@Test
	void withATransactionAnEventIsStored() {
		this.application.inTransaction(() -> this.shop.order("1"));

		assertOrdersAndEvents("1");
	}

	@Test
	void withoutATransactionTheCallRefuses() {
		assertRefused(() -> this.shop.tell("alone"));
		assertRefused(() -> this.application.outbox().emitAll(List.of(new Shop.Ordered("alone"))));

		assertOrdersAndEvents();
	}

	@Test
	void anEmptyTransactionScopeIsNoTransaction() {
		in(SUPPORTS, (status) -> assertRefused(() -> this.shop.tell("alone")));

		assertOrdersAndEvents();
	}

	@Test
	void aSuspendedTransactionIsNoTransaction() {
		this.application.inTransaction(() -> {
			in(NOT_SUPPORTED, (status) -> assertRefused(() -> this.shop.tell("alone")));
			this.shop.order("in the transaction");
		});

		assertOrdersAndEvents("in the transaction");
	}

	@Test
	void theTransactionOfAnotherDataSourceIsNoTransaction() {
		try (TestDatabase other = TestDatabase.create()) {
			TransactionTemplate foreign = new TransactionTemplate(new JdbcTransactionManager(other.dataSource()));

			foreign.executeWithoutResult((status) -> assertRefused(() -> this.shop.tell("alone")));
		}

		assertOrdersAndEvents();
	}

	private static void assertRefused(Runnable emit) {
		assertThatExceptionOfType(TransactionRequiredException.class).isThrownBy(emit::run);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
