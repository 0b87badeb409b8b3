package io.pyxbox.scenario;

import java.util.List;

import io.pyxbox.EventId;
import io.pyxbox.OutboxEvent;

/**
 * A business whose every change is told by an event. Each order has a row and an event of
 * the same label, so the orders themselves say which events must exist.
 */
record Shop(TestApplication application, OutboxTables tables) {

	static Shop open(TestApplication application, OutboxTables tables) {
		tables.execute("create table if not exists orders (label text)");
		tables.execute("truncate orders, events");
		return new Shop(application, tables);
	}

	EventId order(String label) {
		this.application.jdbc().sql("insert into orders (label) values (?)").param(label).update();
		return tell(label);
	}

	EventId tell(String label) {
		return this.application.outbox().emit(new Ordered(label));
	}

	List<String> orders() {
		return this.tables.jdbc().sql("select label from orders").query(String.class).list();
	}

	/**
	 * Returns the labels of the events in their order.
	 */
	List<String> told() {
		return this.tables.jdbc().sql("select payload->>'label' from events order by id").query(String.class).list();
	}

	@OutboxEvent(type = "ordered")
	record Ordered(String label) {
	}

}
