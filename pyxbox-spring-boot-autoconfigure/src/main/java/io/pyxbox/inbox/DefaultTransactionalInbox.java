package io.pyxbox.inbox;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

import io.pyxbox.ConsumerId;
import io.pyxbox.InboxAction;
import io.pyxbox.InboxHandler;
import io.pyxbox.InboxMessage;
import io.pyxbox.InboxView;
import io.pyxbox.MessageIdentity;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.emit.DefaultTransactionalOutbox;

/**
 * The inbox of an outbox's tables.
 */
final class DefaultTransactionalInbox extends DefaultInboxView<Object> implements TransactionalInbox {

	private final Receiver receiver;

	private final DefaultTransactionalOutbox outbox;

	DefaultTransactionalInbox(Pulls pulls, Receiver receiver, DefaultTransactionalOutbox outbox) {
		super(pulls, new ConsumerId(DEFAULT_CONSUMER), Object.class, Set.of());
		this.receiver = receiver;
		this.outbox = outbox;
	}

	@Override
	public InboxView<Object> forConsumer(String consumer) {
		return new DefaultInboxView<>(pulls(), new ConsumerId(consumer), Object.class, Set.of());
	}

	@Override
	public <X extends Exception> boolean receive(ConsumerId consumer, MessageIdentity message, InboxAction<X> action)
			throws X {
		return this.receiver.receive(consumer, message, action);
	}

	@Override
	public <M, X extends Exception> int receiveAll(ConsumerId consumer, Collection<? extends M> messages,
			Function<? super M, ? extends MessageIdentity> identity, InboxHandler<? super List<M>, X> action) throws X {
		return this.receiver.receiveAll(consumer, messages, identity, action);
	}

	@Override
	public int storeAll(ConsumerId consumer, Collection<InboxMessage> messages) {
		return this.receiver.receiveAll(consumer, messages, InboxMessage::id, this.outbox::store);
	}

}
