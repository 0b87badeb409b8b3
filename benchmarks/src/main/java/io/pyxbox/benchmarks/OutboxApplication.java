package io.pyxbox.benchmarks;

import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import io.pyxbox.DeliveryIsolation;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * An application with pyxbox as it comes.
 */
@SpringBootApplication(proxyBeanMethods = false)
class OutboxApplication {

	private static final String INSERT = "INSERT INTO effects (number) VALUES (?)";

	private final AtomicLong handled = new AtomicLong();

	private final BitSet seen = new BitSet();

	private final JdbcTemplate jdbc;

	OutboxApplication(JdbcTemplate jdbc) {
		this.jdbc = jdbc;
	}

	void reset() {
		this.handled.set(0);
		this.seen.clear();
	}

	Contender.Effects seenInMemory() {
		return new Contender.Effects(this.seen.cardinality(), this.handled.get());
	}

	long handled() {
		return this.handled.get();
	}

	@OutboxListener
	void nothing(Seen event) {
		this.handled.incrementAndGet();
		synchronized (this.seen) {
			this.seen.set(event.order().number());
		}
	}

	@OutboxListener
	void insertIsolated(InsertedIsolated event) {
		this.handled.incrementAndGet();
		this.jdbc.update(INSERT, event.order().number());
	}

	@OutboxListener(isolation = DeliveryIsolation.CHUNK)
	void insertInChunks(InsertedInChunks event) {
		this.handled.incrementAndGet();
		this.jdbc.update(INSERT, event.order().number());
	}

	@OutboxListener
	void insertList(List<InsertedAsList> events) {
		this.handled.addAndGet(events.size());
		this.jdbc.batchUpdate(INSERT, events.stream().map((event) -> new Object[] { event.order().number() }).toList());
	}

	/** For the listener that does nothing. */
	@OutboxEvent(type = "seen", partitionKey = "order.customer")
	record Seen(Order order) {
	}

	/** For the listener that inserts a row, each event isolated. */
	@OutboxEvent(type = "inserted-isolated", partitionKey = "order.customer")
	record InsertedIsolated(Order order) {
	}

	/** For the listener that inserts a row, in chunks. */
	@OutboxEvent(type = "inserted-in-chunks", partitionKey = "order.customer")
	record InsertedInChunks(Order order) {
	}

	/** For the listener that inserts a list of rows. */
	@OutboxEvent(type = "inserted-as-list", partitionKey = "order.customer")
	record InsertedAsList(Order order) {
	}

}
