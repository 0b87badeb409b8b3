package io.pyxbox.inbox;

import java.util.function.Supplier;

import io.pyxbox.DeliveryIsolation;
import io.pyxbox.OnExhaustion;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.dispatch.ChunkTransactions;
import io.pyxbox.dispatch.DeliverySettings;
import io.pyxbox.dispatch.FailurePolicy;
import io.pyxbox.dispatch.PullConsumers;
import io.pyxbox.dispatch.PullLoops;
import io.pyxbox.dispatch.Puller;
import io.pyxbox.dispatch.RetryPolicy;
import io.pyxbox.emit.DefaultTransactionalOutbox;
import io.pyxbox.store.ReceivedStore;
import io.pyxbox.transaction.OutboxTransactions;

import org.springframework.transaction.PlatformTransactionManager;

/**
 * Puts an inbox together.
 *
 * @param own begins transactions
 * @param ambient knows those of callers
 * @param puller pulls and completes
 * @param consumers registers those who pull
 * @param loops pulls until it is stopped
 * @param lifecycle is told that the inbox is used
 */
public record InboxFactory(ChunkTransactions own, OutboxTransactions ambient, Puller puller, PullConsumers consumers,
		PullLoops loops, InboxLifecycle lifecycle) {

	/**
	 * Creates the inbox.
	 * @param events knows the classes of events, and reads them
	 * @param retry when an event is tried again that fails in a loop
	 * @param received receives messages
	 * @param outbox stores messages as events
	 * @return the inbox
	 */
	public TransactionalInbox create(EventReading events, RetryPolicy retry, Receiving received,
			DefaultTransactionalOutbox outbox) {
		DeliverySettings settings = new DeliverySettings(true, DeliveryIsolation.EVENT, false, Integer.MAX_VALUE,
				Integer.MAX_VALUE, new FailurePolicy(retry, OnExhaustion.DEAD_LETTER, null, false));
		return new DefaultTransactionalInbox(
				new Pulls(events.types(), events.codec(), settings, this.consumers,
						new PullTransactions(this.own, this.ambient, this.puller), this.loops, this.lifecycle::use),
				new Receiver(received.manager(), this.ambient, received.store(), this.lifecycle::use), outbox);
	}

	/**
	 * How stored events become objects.
	 *
	 * @param types knows their classes
	 * @param codec reads them
	 */
	public record EventReading(EventTypes types, EventCodec codec) {
	}

	/**
	 * How messages are received.
	 *
	 * @param manager begins the transactions
	 * @param store remembers the messages
	 */
	public record Receiving(Supplier<PlatformTransactionManager> manager, ReceivedStore store) {
	}

}
