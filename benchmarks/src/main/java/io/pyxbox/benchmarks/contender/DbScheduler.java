package io.pyxbox.benchmarks.contender;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Order;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

/**
 * db-scheduler as an outbox: each event is a task that runs once.
 */
final class DbScheduler extends SpringContender {

	static final String TABLE = "scheduled_tasks";

	private static final String TASK = "order-placed";

	private final OneTimeTask<Order> task;

	private final SchedulerClient client;

	private final UnaryOperator<SchedulerBuilder> settings;

	private @Nullable Scheduler scheduler;

	private DbScheduler(Target target, Handler handler, Map<String, String> properties, Serializer serializer,
			UnaryOperator<SchedulerBuilder> settings) {
		super(target, handler, "com.github.kagkarlsson", properties, (context) -> {
		});
		new ResourceDatabasePopulator(new ClassPathResource("db-scheduler-tables.sql")).execute(dataSource());
		OrderHandler orders = bean(OrderHandler.class);
		this.task = Tasks.oneTime(TASK, Order.class).execute((instance, context) -> orders.handle(instance.getData()));
		this.client = SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(dataSource()), this.task)
			.serializer(serializer)
			.build();
		this.settings = (builder) -> settings.apply(builder.serializer(serializer));
	}

	static Contender withDefaults(Target target, Handler handler) {
		return new DbScheduler(target, handler, Map.of(), Serializer.DEFAULT_JAVA_SERIALIZER, (builder) -> builder);
	}

	static Contender tuned(Target target, Handler handler) {
		return new DbScheduler(target, handler, Map.of("spring.datasource.hikari.maximum-pool-size", "26"),
				new JsonSerializer(),
				(builder) -> builder.pollUsingLockAndFetch(4.0, 20.0)
					.threads(20)
					.pollingInterval(Duration.ofMillis(10)));
	}

	@Override
	public void store(Connection connection, List<Order> orders) {
		Instant now = Instant.now();
		if (orders.size() == 1) {
			this.client.scheduleIfNotExists(instance(orders.get(0)), now);
		}
		else {
			this.client.scheduleBatch(orders.stream().<TaskInstance<?>>map(this::instance).toList(), now);
		}
	}

	private TaskInstance<Order> instance(Order order) {
		return this.task.instance(UUID.randomUUID().toString(), order);
	}

	@Override
	public void startConsuming() {
		this.scheduler = this.settings.apply(Scheduler.create(dataSource(), this.task)).build();
		this.scheduler.start();
	}

	@Override
	public void stopConsuming() {
		if (this.scheduler != null) {
			this.scheduler.stop();
			this.scheduler = null;
		}
	}

	/** Much smaller than what Java itself makes of an order. */
	private static final class JsonSerializer implements Serializer {

		private final JsonMapper mapper = new JsonMapper();

		@Override
		public byte[] serialize(Object data) {
			return this.mapper.writeValueAsString(data).getBytes(StandardCharsets.UTF_8);
		}

		@Override
		public <T> T deserialize(Class<T> type, byte[] serialized) {
			return this.mapper.readValue(serialized, type);
		}

	}

}
