package io.pyxbox.scenario;

import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Promise 1 with jOOQ, whose inner transactions are savepoints.
 */
class EmitWithJooqTests extends EmitScenario {

	EmitWithJooqTests() {
		super(App.class,
				TestApplication.WITHOUT_MIGRATIONS
						+ ",org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration",
				"pyxbox.poller.auto-startup=false");
	}

	@Test
	void rowsAndEventsCommitTogether() {
		dsl().transaction((transaction) -> order("1"));

		assertOrdersAndEvents("1");
	}

	@Test
	void rowsAndEventsRollBackTogether() {
		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> dsl().transaction((transaction) -> {
			order("1");
			throw new Mishap();
		}));

		assertOrdersAndEvents();
	}

	@Test
	void anInnerTransactionThatRollsBackTakesItsEventsWithIt() {
		dsl().transaction((outer) -> {
			order("before");
			assertThatExceptionOfType(Mishap.class).isThrownBy(() -> outer.dsl().transaction((inner) -> {
				order("inner");
				throw new Mishap();
			}));
			outer.dsl().transaction((inner) -> order("second inner"));
			order("after");
		});

		assertOrdersAndEvents("before", "second inner", "after");
	}

	@Test
	void transactionsOfSpringAreJoined() {
		this.application.inTransaction(() -> order("committed"));
		this.application.inTransaction((status) -> {
			order("rolled back");
			status.setRollbackOnly();
		});

		assertOrdersAndEvents("committed");
	}

	private DSLContext dsl() {
		return this.application.bean(DSLContext.class);
	}

	private void order(String label) {
		dsl().execute("insert into orders (label) values (?)", label);
		this.shop.tell(label);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
