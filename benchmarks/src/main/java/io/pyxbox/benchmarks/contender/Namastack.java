package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.util.List;
import java.util.Map;

import io.namastack.outbox.Outbox;
import io.namastack.outbox.OutboxProcessingScheduler;
import io.namastack.outbox.handler.OutboxRecordMetadata;
import io.namastack.outbox.handler.OutboxTypedHandler;
import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Order;

/**
 * namastack-outbox in its JDBC starter.
 */
final class Namastack extends SpringContender {

	static final String PENDING = "outbox_record WHERE status = 'NEW'";

	static final String TABLES = "outbox_record";

	private static final Map<String, String> TUNED = Map.ofEntries(
			Map.entry("spring.datasource.hikari.maximum-pool-size", "22"),
			Map.entry("namastack.outbox.polling.trigger", "fixed"),
			Map.entry("namastack.outbox.polling.fixed.interval", "10ms"),
			Map.entry("namastack.outbox.polling.batch-size", "1000"),
			Map.entry("namastack.outbox.processing.executor-core-pool-size", "16"),
			Map.entry("namastack.outbox.processing.executor-max-pool-size", "16"),
			Map.entry("namastack.outbox.processing.delete-completed-records", "true"),
			Map.entry("namastack.outbox.instance.heartbeat-interval", "1s"),
			Map.entry("namastack.outbox.instance.rebalance-interval", "1s"));

	private final Outbox outbox;

	private final OutboxProcessingScheduler scheduler;

	private Namastack(Target target, Handler handler, Map<String, String> properties) {
		super(target, handler, "io.namastack", properties, (context) -> context.registerBean(OrderPlacedHandler.class));
		this.outbox = bean(Outbox.class);
		this.scheduler = bean(OutboxProcessingScheduler.class);
		this.scheduler.stop();
	}

	static Contender withDefaults(Target target, Handler handler) {
		return new Namastack(target, handler, Map.of());
	}

	static Contender tuned(Target target, Handler handler) {
		return new Namastack(target, handler, TUNED);
	}

	@Override
	public void store(Connection connection, List<Order> orders) {
		for (Order order : orders) {
			this.outbox.schedule(order, order.customer());
		}
	}

	@Override
	public void startConsuming() {
		this.scheduler.start();
	}

	@Override
	public void stopConsuming() {
		this.scheduler.stop();
	}

	/** The handler. */
	static class OrderPlacedHandler implements OutboxTypedHandler<Order> {

		private final OrderHandler handler;

		OrderPlacedHandler(OrderHandler handler) {
			this.handler = handler;
		}

		@Override
		public void handle(Order order, OutboxRecordMetadata metadata) {
			this.handler.handle(order);
		}

	}

}
