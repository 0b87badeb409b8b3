package io.pyxbox.autoconfigure;

import io.pyxbox.TransactionalInbox;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.dispatch.DeliveryObserver;
import io.pyxbox.dispatch.DispatchResources;
import io.pyxbox.dispatch.PullConsumers;
import io.pyxbox.dispatch.PullLoops;
import io.pyxbox.dispatch.Puller;
import io.pyxbox.emit.DefaultTransactionalOutbox;
import io.pyxbox.emit.EventFactory;
import io.pyxbox.emit.EventWriter;
import io.pyxbox.inbox.InboxFactory;
import io.pyxbox.inbox.InboxLifecycle;
import io.pyxbox.inbox.ReceivedHousekeeping;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.ReceivedStore;
import io.pyxbox.transaction.OutboxTransactions;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for pulling events and for receiving
 * messages once.
 */
@AutoConfiguration(after = PyxboxAutoConfiguration.class)
public final class PyxboxInboxAutoConfiguration {

	private static final int FORGOTTEN_AT_ONCE = 1_000;

	@Bean
	PullConsumers pyxboxPullConsumers(EventTable table, OutboxDataSource outbox, ConsumerTargets targets,
			PyxboxProperties properties) {
		return new PullConsumers(table, outbox.dataSource(), properties.poller().networkTimeout(),
				targets::subscriptions, properties.consumerRetention());
	}

	@Bean
	Puller pyxboxPuller(EventTable table, PullConsumers consumers, DeliveryObserver observer) {
		return new Puller(table, consumers, observer);
	}

	@Bean
	PullLoops pyxboxPullLoops(DispatchResources resources, Puller puller, PyxboxProperties properties) {
		return new PullLoops(resources.transactions(), puller, properties.poller().pollInterval(),
				properties.poller().shutdownTimeout());
	}

	@Bean
	ReceivedStore pyxboxReceivedStore(EventTable table) {
		return new ReceivedStore(table);
	}

	@Bean
	InboxLifecycle pyxboxInboxLifecycle(PullConsumers consumers, PullLoops loops, ReceivedHousekeeping received,
			Environment environment) {
		return new InboxLifecycle(consumers, loops, received, PyxboxAutoConfiguration.threads(environment));
	}

	@Bean
	ReceivedHousekeeping pyxboxReceivedHousekeeping(OutboxDataSource outbox, ReceivedStore store,
			PyxboxProperties properties) {
		return new ReceivedHousekeeping(new OutboxTransactions(outbox.dataSource()), store,
				properties.inbox().retention(), FORGOTTEN_AT_ONCE);
	}

	@Bean
	@ConditionalOnMissingBean
	@DependsOnDatabaseInitialization
	TransactionalInbox pyxboxTransactionalInbox(InboxFactory factory, InboxFactory.EventReading events,
			InboxFactory.Receiving receiving, EventWriter writer, PyxboxProperties properties) {
		return factory.create(events, PyxboxAutoConfiguration.retry(properties), receiving,
				new DefaultTransactionalOutbox(new EventFactory(events.types(), events.codec()), writer, false));
	}

	@Bean
	InboxFactory.EventReading pyxboxEventReading(EventTypes types, EventCodec codec) {
		return new InboxFactory.EventReading(types, codec);
	}

	@Bean
	InboxFactory.Receiving pyxboxReceiving(OutboxTransactionManager manager, ReceivedStore store) {
		return new InboxFactory.Receiving(manager::get, store);
	}

	@Bean
	InboxFactory pyxboxInboxFactory(DispatchResources resources, OutboxDataSource outbox, Puller puller,
			PullConsumers consumers, PullLoops loops, InboxLifecycle lifecycle) {
		return new InboxFactory(resources.transactions(), new OutboxTransactions(outbox.dataSource()), puller,
				consumers, loops, lifecycle);
	}

}
