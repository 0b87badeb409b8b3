package io.pyxbox.benchmarks.event;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

import org.jspecify.annotations.Nullable;

/**
 * The work that every contender does for an event, so that they differ in how they get
 * there only. Thread-safe.
 */
public final class Handler {

	/** What handlers write into, see {@link Handling#INSERT}. */
	public static final String INSERT = "INSERT INTO effects (number) VALUES (?)";

	private static final int LONGEST_WAIT_IN_MICROS = 500;

	private final Handling handling;

	private volatile @Nullable Tally tally;

	/**
	 * Creates a handler.
	 * @param handling what it does
	 */
	public Handler(Handling handling) {
		this.handling = handling;
	}

	/**
	 * Sets where events are recorded from now on.
	 * @param tally the record of the next run
	 */
	public void recordIn(Tally tally) {
		this.tally = tally;
	}

	/**
	 * Handles one event.
	 * @param order the event
	 * @param insert inserts a row for this number
	 */
	public void handle(Order order, IntConsumer insert) {
		Tally current = tally();
		current.started(order.number());
		if (this.handling == Handling.INSERT) {
			insert.accept(order.number());
		}
		else if (this.handling == Handling.WAIT) {
			LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(order.number() * 7919L % LONGEST_WAIT_IN_MICROS));
		}
		current.ended(order.number());
	}

	/**
	 * Handles events that come together.
	 * @param orders the events
	 * @param insert inserts a row for each of them
	 */
	public void handleAll(List<Order> orders, Consumer<List<Order>> insert) {
		Tally current = tally();
		orders.forEach((order) -> current.started(order.number()));
		if (this.handling == Handling.INSERT) {
			insert.accept(orders);
		}
		orders.forEach((order) -> current.ended(order.number()));
	}

	private Tally tally() {
		Tally current = this.tally;
		if (current == null) {
			throw new IllegalStateException("An event came before the first run");
		}
		return current;
	}

}
