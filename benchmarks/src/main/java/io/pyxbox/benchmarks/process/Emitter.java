package io.pyxbox.benchmarks.process;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.pyxbox.benchmarks.contender.Contender;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.event.Order;
import io.pyxbox.benchmarks.event.Tally;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs the business transactions: one row of a table of orders, and some events.
 */
final class Emitter {

	private static final int THREADS = 2;

	private static final int FILL_BATCH = 1_000;

	private static final String ORDER = "INSERT INTO orders (number, customer, total) VALUES (?, ?, ?)";

	/** The least that a row of an outbox consists of. */
	private static final String RAW_EVENT = """
			INSERT INTO raw_events (event_id, type, partition_key, payload) VALUES (?, 'order-placed', ?, ?::jsonb)
			""";

	private final JsonMapper mapper = new JsonMapper();

	private final Contender contender;

	private @Nullable Tally tally;

	Emitter(Contender contender) {
		this.contender = contender;
	}

	void recordIn(Tally tally) {
		this.tally = tally;
	}

	void fill(Command.Fill fill) throws InterruptedException {
		int batches = (fill.to() - fill.from() + FILL_BATCH - 1) / FILL_BATCH;
		AtomicInteger next = new AtomicInteger();
		inParallel(() -> {
			for (int batch = next.getAndIncrement(); batch < batches; batch = next.getAndIncrement()) {
				int from = fill.from() + batch * FILL_BATCH;
				List<Order> orders = Order.range(from, Math.min(from + FILL_BATCH, fill.to()), fill.keys());
				this.contender.inTransaction((connection) -> this.contender.store(connection, orders));
			}
		});
	}

	double emitFor(Command.EmitFor emit) throws InterruptedException {
		AtomicInteger transactions = new AtomicInteger();
		long deadline = System.nanoTime() + (long) (emit.seconds() * 1e9);
		inParallel(() -> {
			while (System.nanoTime() < deadline) {
				int number = transactions.getAndIncrement() * emit.events();
				transaction(Order.range(number, number + emit.events(), Keys.THOUSAND), emit.raw());
			}
		});
		return transactions.get();
	}

	double emitPaced(Command.EmitPaced emit) {
		long startedAt = System.nanoTime();
		long interval = TimeUnit.SECONDS.toNanos(1) / emit.perSecond();
		long latest = 0;
		for (int number = 0; number < emit.count(); number++) {
			long due = startedAt + number * interval;
			while (System.nanoTime() < due) {
				LockSupport.parkNanos(due - System.nanoTime());
			}
			latest = Math.max(latest, System.nanoTime() - due);
			transaction(List.of(Order.of(number, Keys.THOUSAND)), false);
			if (this.tally != null) {
				this.tally.committed(number);
			}
		}
		return latest / 1e6;
	}

	void emitInOrder(Command.EmitInOrder emit) {
		List<Order> orders = new ArrayList<>();
		for (int number = emit.from(); number < emit.to(); number += emit.step()) {
			orders.add(Order.of(number, emit.keys()));
			if (orders.size() == emit.events()) {
				transaction(orders, false);
				orders.clear();
			}
		}
		if (!orders.isEmpty()) {
			transaction(orders, false);
		}
	}

	private void transaction(List<Order> orders, boolean raw) {
		this.contender.inTransaction((connection) -> {
			doBusiness(connection, orders.get(0));
			if (raw) {
				storeRaw(connection, orders);
			}
			else {
				this.contender.store(connection, orders);
			}
		});
	}

	private static void doBusiness(Connection connection, Order order) throws SQLException {
		try (PreparedStatement insert = connection.prepareStatement(ORDER)) {
			insert.setInt(1, order.number());
			insert.setString(2, order.customer());
			insert.setBigDecimal(3, order.total());
			insert.executeUpdate();
		}
	}

	private void storeRaw(Connection connection, List<Order> orders) throws SQLException {
		try (PreparedStatement insert = connection.prepareStatement(RAW_EVENT)) {
			for (Order order : orders) {
				insert.setObject(1, UUID.randomUUID());
				insert.setString(2, order.customer());
				insert.setString(3, this.mapper.writeValueAsString(order));
				insert.executeUpdate();
			}
		}
	}

	private static void inParallel(Runnable task) throws InterruptedException {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			List<Future<?>> running = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				running.add(threads.submit(task));
			}
			for (Future<?> thread : running) {
				thread.get();
			}
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex.getCause());
		}
		finally {
			threads.shutdownNow();
		}
	}

}
