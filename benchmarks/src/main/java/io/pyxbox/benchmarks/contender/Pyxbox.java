package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.pyxbox.DeliveryIsolation;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Order;
import io.pyxbox.dispatch.OutboxPoller;

import org.springframework.context.support.GenericApplicationContext;

/**
 * pyxbox with its default settings; only when it starts is decided here.
 */
final class Pyxbox extends SpringContender {

	static final String PENDING = "events";

	static final String TABLES = "events, events_retry, events_dead_letter";

	private final TransactionalOutbox outbox;

	private final OutboxPoller poller;

	Pyxbox(Target target, Handler handler, Consumer<GenericApplicationContext> listeners) {
		super(target, handler, "io.pyxbox", Map.of("pyxbox.poller.auto-startup", "false"), listeners);
		this.outbox = bean(TransactionalOutbox.class);
		this.poller = bean(OutboxPoller.class);
	}

	static Contender isolated(Target target, Handler handler) {
		return new Pyxbox(target, handler, (context) -> context.registerBean(Isolated.class));
	}

	static Contender inChunks(Target target, Handler handler) {
		return new Pyxbox(target, handler, (context) -> context.registerBean(InChunks.class));
	}

	static Contender asList(Target target, Handler handler) {
		return new Pyxbox(target, handler, (context) -> context.registerBean(AsList.class));
	}

	static Contender withHundredConsumers(Target target, Handler handler) {
		return new Pyxbox(target, handler, (context) -> {
			for (int i = 0; i < 100; i++) {
				context.registerBean("consumer" + i, Isolated.class);
			}
		});
	}

	@Override
	public void store(Connection connection, List<Order> orders) {
		for (Order order : orders) {
			this.outbox.emit(new OrderPlaced(order));
		}
	}

	@Override
	public void startConsuming() {
		this.poller.start();
	}

	@Override
	public void stopConsuming() {
		this.poller.stop();
	}

	/**
	 * The event.
	 *
	 * @param order what was ordered
	 */
	@OutboxEvent(type = "order-placed", partitionKey = "order.customer")
	record OrderPlaced(Order order) {
	}

	/** A listener as most of them are. */
	static class Isolated {

		private final OrderHandler handler;

		Isolated(OrderHandler handler) {
			this.handler = handler;
		}

		@OutboxListener
		void on(OrderPlaced event) {
			this.handler.handle(event.order());
		}

	}

	/** A listener whose effects are all in the database. */
	static class InChunks {

		private final OrderHandler handler;

		InChunks(OrderHandler handler) {
			this.handler = handler;
		}

		@OutboxListener(isolation = DeliveryIsolation.CHUNK)
		void on(OrderPlaced event) {
			this.handler.handle(event.order());
		}

	}

	/** A listener that takes what there is at once. */
	static class AsList {

		private final OrderHandler handler;

		AsList(OrderHandler handler) {
			this.handler = handler;
		}

		@OutboxListener
		void on(List<OrderPlaced> events) {
			this.handler.handleAll(events.stream().map(OrderPlaced::order).toList());
		}

	}

}
