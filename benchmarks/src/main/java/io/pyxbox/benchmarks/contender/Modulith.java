package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Order;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.modulith.events.ApplicationModuleListener;
import org.springframework.modulith.events.IncompleteEventPublications;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Spring Modulith's event publication registry on JDBC. The emitting application hands an
 * event over after its commit; what has been left behind is submitted again on demand,
 * which is how a backlog is drained here.
 */
final class Modulith extends SpringContender {

	private static final Map<String, String> TUNED = Map.of("spring.datasource.hikari.maximum-pool-size", "22",
			"spring.modulith.events.jdbc.schema-initialization.enabled", "true",
			"spring.modulith.events.completion-mode", "delete");

	private final ApplicationEventPublisher publisher;

	private final AtomicBoolean consuming;

	private @Nullable Workers resubmission;

	private Modulith(Target target, Handler handler, AtomicBoolean consuming) {
		super(target, handler, "org.springframework.modulith", TUNED, (context) -> {
			context.registerBean(OrderPlacedListener.class);
			context.registerBean("applicationTaskExecutor", ThreadPoolTaskExecutor.class, () -> executor(consuming));
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
		this.resubmission = Workers.start(1, (workers) -> bean(IncompleteEventPublications.class)
			.resubmitIncompletePublications((publication) -> !workers.stopping()));
	}

	@Override
	public void stopConsuming() {
		this.consuming.set(false);
		if (this.resubmission != null) {
			this.resubmission.stop();
			this.resubmission = null;
		}
		ThreadPoolExecutor executor = bean(ThreadPoolTaskExecutor.class).getThreadPoolExecutor();
		while (!executor.getQueue().isEmpty() || executor.getActiveCount() > 0) {
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
		}
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
