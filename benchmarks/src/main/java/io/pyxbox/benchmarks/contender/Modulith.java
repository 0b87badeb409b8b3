package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Order;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.modulith.events.ApplicationModuleListener;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Spring Modulith's event publication registry on JDBC. The emitting application hands an
 * event over after its commit. What has been left behind is submitted again on demand
 * only, and not by the instance that believes itself to be at it: no draining here.
 */
final class Modulith extends SpringContender {

	private static final Map<String, String> TUNED = Map.of("spring.datasource.hikari.maximum-pool-size", "22",
			"spring.modulith.events.jdbc.schema-initialization.enabled", "true",
			"spring.modulith.events.completion-mode", "delete");

	private final ApplicationEventPublisher publisher;

	private final AtomicBoolean consuming;

	private Modulith(Target target, Handler handler, AtomicBoolean consuming) {
		super(target, handler, "org.springframework.modulith", TUNED, (context) -> {
			context.registerBean(OrderPlacedListener.class);
			context.registerBean("applicationTaskExecutor", AsyncTaskExecutor.class, () -> executor(consuming));
		});
		this.consuming = consuming;
		this.publisher = context();
	}

	static Contender tuned(Target target, Handler handler) {
		return new Modulith(target, handler, new AtomicBoolean());
	}

	/**
	 * While nothing is consumed, events are left behind as by a crash after the commit.
	 */
	private static ThreadPoolTaskExecutor executor(AtomicBoolean consuming) {
		ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
		executor.setCorePoolSize(16);
		executor.setTaskDecorator((task) -> () -> {
			if (consuming.get()) {
				task.run();
			}
		});
		return executor;
	}

	@Override
	public void store(Connection connection, List<Order> orders) {
		orders.forEach(this.publisher::publishEvent);
	}

	@Override
	public void startConsuming() {
		this.consuming.set(true);
	}

	@Override
	public void stopConsuming() {
		this.consuming.set(false);
	}

	/** The listener. */
	static class OrderPlacedListener {

		private final OrderHandler handler;

		OrderPlacedListener(OrderHandler handler) {
			this.handler = handler;
		}

		@ApplicationModuleListener
		void on(Order order) {
			this.handler.handle(order);
		}

	}

}
