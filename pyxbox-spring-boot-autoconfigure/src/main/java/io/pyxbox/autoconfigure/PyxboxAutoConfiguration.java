package io.pyxbox.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetters;
import io.pyxbox.DeliveryIsolation;
import io.pyxbox.EventHeadersContributor;
import io.pyxbox.EventPublisher;
import io.pyxbox.EventRouter;
import io.pyxbox.KeySource;
import io.pyxbox.OnExhaustion;
import io.pyxbox.OutboxConsumers;
import io.pyxbox.PayloadCodec;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.codec.AesGcmPayloadCodec;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.codec.PayloadCodecs;
import io.pyxbox.context.ApplicationEvents;
import io.pyxbox.context.LoggingContext;
import io.pyxbox.dispatch.ChunkTransactions;
import io.pyxbox.dispatch.CircuitSettings;
import io.pyxbox.dispatch.DelayedLoop;
import io.pyxbox.dispatch.DeliveryObserver;
import io.pyxbox.dispatch.DeliverySettings;
import io.pyxbox.dispatch.DispatchResources;
import io.pyxbox.dispatch.FailurePolicy;
import io.pyxbox.dispatch.OutboxPoller;
import io.pyxbox.dispatch.PollerSettings;
import io.pyxbox.dispatch.PullConsumers;
import io.pyxbox.dispatch.PullLoops;
import io.pyxbox.dispatch.RetryPolicy;
import io.pyxbox.dispatch.ThreadStarter;
import io.pyxbox.emit.DefaultTransactionalOutbox;
import io.pyxbox.emit.Deduplication;
import io.pyxbox.emit.EventFactory;
import io.pyxbox.emit.EventHeaders;
import io.pyxbox.emit.EventWriter;
import io.pyxbox.listener.DeliveryScope;
import io.pyxbox.listener.ListenerDefaults;
import io.pyxbox.listener.OutboxListenerProcessor;
import io.pyxbox.observe.DeliveryLog;
import io.pyxbox.operate.OutboxOperations;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.EventPublishers;
import io.pyxbox.store.CancellationStore;
import io.pyxbox.store.DeduplicationStore;
import io.pyxbox.store.EventAppender;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Subscription;
import io.pyxbox.transaction.OutboxTransactions;
import io.pyxbox.transaction.SpringChunkTransactions;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.boot.thread.Threading;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for emitting events and for
 * delivering them to {@code @OutboxListener} methods and publishers.
 */
@AutoConfiguration(after = { PyxboxSchemaAutoConfiguration.class, JacksonAutoConfiguration.class,
		DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class })
public final class PyxboxAutoConfiguration {

	private static final int CALLS_ON_PLATFORM_THREADS = 16;

	private static final int CALLS_ON_VIRTUAL_THREADS = 256;

	@Bean
	@ConditionalOnMissingBean
	EventTypes pyxboxEventTypes(PyxboxProperties properties, ConfigurableListableBeanFactory beanFactory,
			Environment environment, ResourceLoader resourceLoader) {
		EventTypes types = EventUpcasters.of(beanFactory, environment);
		new EventClassScanner(environment, resourceLoader).scan(EventClassScanner.packages(properties, beanFactory),
				types);
		return types;
	}

	@Bean
	@ConditionalOnMissingBean
	EventCodec pyxboxEventCodec(ObjectProvider<JsonMapper> mapper, PyxboxProperties properties,
			PayloadCodecs payloads) {
		return new EventCodec(mapper.getIfAvailable(JsonMapper::new), properties.outbox().maxPayloadSize().toBytes(),
				payloads);
	}

	@Bean
	@ConditionalOnMissingBean
	PayloadCodecs pyxboxPayloadCodecs(PyxboxProperties properties, ObjectProvider<KeySource> keys,
			ObjectProvider<PayloadCodec> own) {
		PyxboxProperties.Codec codec = properties.codec();
		return new PayloadCodecs(() -> {
			List<PayloadCodec> codecs = PayloadCodecs.compressing(codec.gzipThreshold().toBytes(),
					codec.zstdThreshold().toBytes());
			keys.ifAvailable((source) -> codecs.add(new AesGcmPayloadCodec(source)));
			own.orderedStream().forEach(codecs::add);
			return codecs;
		}, codec.defaultCodec(), codec.types());
	}

	/** Once all beans exist: codecs may need any of them. */
	@Bean
	SmartInitializingSingleton pyxboxCodecCheck(PayloadCodecs payloads, EventTypes types) {
		return () -> {
			try {
				payloads.validate(types);
			}
			catch (IllegalArgumentException ex) {
				throw new PyxboxConfigurationException("A codec is missing: " + ex.getMessage(),
						"Correct the name, or add a bean: a PayloadCodec of this name, or a KeySource for 'aes-gcm'. "
								+ "For 'zstd' add com.github.luben:zstd-jni.",
						ex);
			}
		};
	}

	@Bean
	OutboxTransactionManager pyxboxOutboxTransactionManager(
			@PyxboxTransactionManager ObjectProvider<PlatformTransactionManager> qualified,
			ConfigurableListableBeanFactory beanFactory, OutboxDataSource outboxDataSource,
			ObjectProvider<DefaultTransactionalOutbox> outbox) {
		return new OutboxTransactionManager(qualified, beanFactory, outboxDataSource.dataSource(), outbox);
	}

	@Bean
	@ConditionalOnMissingBean(TransactionalOutbox.class)
	@DependsOnDatabaseInitialization
	DefaultTransactionalOutbox pyxboxTransactionalOutbox(EventTypes types, EventCodec codec, EventHeaders headers,
			EventWriter writer, PyxboxProperties properties) {
		return new DefaultTransactionalOutbox(new EventFactory(types, codec, headers), writer,
				properties.outbox().requireTransaction());
	}

	@Bean
	@ConditionalOnMissingBean
	EventHeaders pyxboxEventHeaders(ListableBeanFactory beanFactory,
			ObjectProvider<EventHeadersContributor> contributors, PyxboxProperties properties) {
		return new EventHeaders(new HeadersContributors(beanFactory, contributors, properties.headers().mdcKeys()),
				properties.headers().maxSize().toBytes());
	}

	/** One for a context and its children, whose events reach it, too. */
	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBooleanProperty(name = "pyxbox.application-events.enabled", matchIfMissing = true)
	ApplicationEvents pyxboxApplicationEvents(ObjectProvider<TransactionalOutbox> outbox) {
		return new ApplicationEvents(outbox::getObject);
	}

	@Bean
	@ConditionalOnMissingBean
	EventWriter pyxboxEventWriter(OutboxDataSource outbox, EventTable table, PyxboxProperties properties,
			OutboxPoller poller, ObjectProvider<PullLoops> pullLoops, ObjectProvider<DelayedLoop> delayedLoop) {
		PullLoops loops = pullLoops.getIfAvailable();
		DelayedLoop delayed = delayedLoop.getIfAvailable();
		Deduplication deduplication = new Deduplication(new DeduplicationStore(table),
				properties.outbox().deduplicationWindow());
		return new EventWriter(new OutboxTransactions(outbox.dataSource()), new EventAppender(table),
				new CancellationStore(table), deduplication, (events) -> {
					poller.wake(events);
					if (loops != null) {
						loops.wake(events);
					}
					if (delayed != null) {
						delayed.wake(events);
					}
				});
	}

	@Bean
	@ConditionalOnMissingBean
	ChunkTransactions pyxboxChunkTransactions(OutboxTransactionManager manager, OutboxDataSource outbox,
			PyxboxProperties properties) {
		return new SpringChunkTransactions(manager::get, outbox.dataSource(), properties.poller().networkTimeout());
	}

	@Bean
	@ConditionalOnMissingBean
	DeliveryObserver pyxboxDeliveryObserver(EventTable table) {
		return new DeliveryLog(table);
	}

	@Bean
	static OutboxListenerProcessor pyxboxListenerProcessor(ConfigurableListableBeanFactory beanFactory,
			EventTypes types, EventCodec codec, PyxboxProperties properties, Environment environment) {
		ListenerDefaults defaults = new ListenerDefaults(retry(properties), properties.poller().listenerTimeout(),
				Threading.VIRTUAL.isActive(environment) ? CALLS_ON_VIRTUAL_THREADS : CALLS_ON_PLATFORM_THREADS);
		return new OutboxListenerProcessor(beanFactory, types, codec, defaults, scope(beanFactory, properties));
	}

	private static DeliveryScope scope(ConfigurableListableBeanFactory beanFactory, PyxboxProperties properties) {
		List<DeliveryScope> scopes = new ArrayList<>();
		beanFactory.getBeanProvider(ApplicationEvents.class).ifAvailable(scopes::add);
		if (!properties.headers().mdcKeys().isEmpty()) {
			scopes.add(new LoggingContext(properties.headers().mdcKeys()));
		}
		return DeliveryScope.of(scopes);
	}

	@Bean
	EventPublishers pyxboxEventPublishers(ListableBeanFactory beanFactory, ObjectProvider<EventRouter> router,
			EventCodec codec, PyxboxProperties properties) {
		Duration timeout = properties.poller().listenerTimeout();
		FailurePolicy failures = new FailurePolicy(retry(properties), OnExhaustion.DEAD_LETTER,
				timeout.isZero() ? null : timeout, true);
		DeliverySettings delivery = new DeliverySettings(false, DeliveryIsolation.EVENT, false, Integer.MAX_VALUE,
				properties.poller().batchSize(), failures);
		return new EventPublishers(() -> beanFactory.getBeansOfType(EventPublisher.class), router::getIfAvailable,
				properties.publish().toSettings(delivery), codec);
	}

	@Bean
	@ConditionalOnMissingBean
	CloudEventFormat pyxboxCloudEventFormat(PyxboxProperties properties, Environment environment) {
		String source = properties.publish().source();
		return new CloudEventFormat((source != null) ? source : EventSource.of(environment),
				properties.publish().format());
	}

	@Bean
	ConsumerTargets pyxboxConsumerTargets(OutboxListenerProcessor listeners, EventPublishers publishers) {
		return new ConsumerTargets(listeners, publishers);
	}

	static RetryPolicy retry(PyxboxProperties properties) {
		PyxboxProperties.Retry retry = properties.retry();
		return new RetryPolicy(retry.maxAttempts(), retry.initialInterval(), retry.multiplier(), retry.maxInterval(),
				retry.jitter(), Set.copyOf(retry.excludes()));
	}

	@Bean
	@ConditionalOnMissingBean
	@DependsOnDatabaseInitialization
	OutboxPoller pyxboxPoller(PyxboxProperties properties, DispatchResources resources, ConsumerTargets targets,
			DeliveryObserver observer, Environment environment) {
		PyxboxProperties.Poller poller = properties.poller();
		PyxboxProperties.CircuitBreaker circuit = properties.circuitBreaker();
		Integer configured = poller.concurrency();
		int concurrency = (configured != null) ? configured : PoolSize.defaultConcurrency(resources.dataSource());
		if (poller.autoStartup()) {
			PoolSize.warnIfExhaustedBy(concurrency, resources.dataSource());
		}
		int spare = (configured != null) ? 0 : PoolSize.spare(resources.dataSource(), concurrency);
		PollerSettings settings = new PollerSettings(poller.autoStartup(), poller.pollInterval(),
				poller.notifications(), concurrency, spare, poller.batchSize(), poller.shutdownTimeout(),
				poller.networkTimeout(),
				new CircuitSettings(circuit.failureThreshold(), circuit.initialInterval(), circuit.maxInterval()),
				properties.consumerRetention());
		return new OutboxPoller(settings, resources, targets::all, observer, threads(environment));
	}

	@Bean
	@ConditionalOnMissingBean
	DispatchResources pyxboxDispatchResources(EventTable table, OutboxDataSource outbox,
			ChunkTransactions transactions) {
		return new DispatchResources(table, outbox.dataSource(), transactions, Sessions.of(outbox.dataSource()));
	}

	/** Early: a web server may accept requests before the poller starts. */
	@Bean
	SmartInitializingSingleton pyxboxConsumerRegistration(OutboxPoller poller, ConsumerTargets targets,
			ListableBeanFactory beanFactory) {
		return () -> {
			targets.find();
			boolean ofParent = beanFactory.getBeanNamesForType(OutboxPoller.class, true, false).length == 0;
			if (ofParent && !targets.all().isEmpty()) {
				throw new PyxboxConfigurationException(
						"The consumers "
								+ targets.subscriptions().keySet().stream().map(ConsumerId::value).sorted().toList()
								+ " are in a child of the context that delivers events, which would not find them.",
						"Move them to the parent context, or have pyxbox in the child context only.", null);
			}
			poller.registerConsumers();
		};
	}

	@Bean
	@ConditionalOnMissingBean
	@DependsOnDatabaseInitialization
	DeadLetters pyxboxDeadLetters(EventTable table, OutboxDataSource outbox, ConsumerTargets targets,
			ObjectProvider<PullConsumers> pulling, OutboxPoller poller) {
		return operations(table, outbox, targets, pulling).deadLetters(poller::wake);
	}

	@Bean
	@ConditionalOnMissingBean
	@DependsOnDatabaseInitialization
	OutboxConsumers pyxboxOutboxConsumers(EventTable table, OutboxDataSource outbox, ConsumerTargets targets,
			ObjectProvider<PullConsumers> pulling) {
		return operations(table, outbox, targets, pulling).consumers();
	}

	/** Consumers are known only after all beans exist. */
	private static OutboxOperations operations(EventTable table, OutboxDataSource outbox, ConsumerTargets targets,
			ObjectProvider<PullConsumers> pulling) {
		return new OutboxOperations(table, new OutboxTransactions(outbox.dataSource()), () -> {
			Map<ConsumerId, Subscription> all = new HashMap<>(targets.subscriptions());
			pulling.ifAvailable((consumers) -> all.putAll(consumers.registered()));
			return all;
		});
	}

	static ThreadStarter threads(Environment environment) {
		if (!Threading.VIRTUAL.isActive(environment)) {
			return ThreadStarter.ofPlatform();
		}
		return (name, keepsAlive, task) -> new VirtualThreadTaskExecutor(name + "-").execute(task);
	}

}
