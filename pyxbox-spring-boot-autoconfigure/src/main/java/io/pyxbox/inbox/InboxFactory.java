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
	 * @param types knows the classes of events
	 * @param codec reads events
	 * @param retry when an event is tried again that fails in a loop
	 * @param manager begins the transactions in which messages are received
	 * @param received remembers messages
	 * @return the inbox
	 */
	public TransactionalInbox create(EventTypes types, EventCodec codec, RetryPolicy retry,
			Supplier<PlatformTransactionManager> manager, ReceivedStore received) {
		DeliverySettings settings = new DeliverySettings(true, DeliveryIsolation.EVENT, false, Integer.MAX_VALUE,
				Integer.MAX_VALUE, new FailurePolicy(retry, OnExhaustion.DEAD_LETTER, null, false));
		return new DefaultTransactionalInbox(
				new Pulls(types, codec, settings, this.consumers,
						new PullTransactions(this.own, this.ambient, this.puller), this.loops, this.lifecycle::use),
				new Receiver(manager, this.ambient, received, this.lifecycle::use));
	}

}
