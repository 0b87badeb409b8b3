package io.pyxbox.inbox;

import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.InboxView;
import io.pyxbox.TransactionalInbox;

/**
 * The inbox of an outbox's tables.
 */
final class DefaultTransactionalInbox extends DefaultInboxView<Object> implements TransactionalInbox {

	DefaultTransactionalInbox(Pulls pulls) {
		super(pulls, new ConsumerId(DEFAULT_CONSUMER), Object.class, Set.of());
	}

	@Override
	public InboxView<Object> forConsumer(String consumer) {
		return new DefaultInboxView<>(pulls(), new ConsumerId(consumer), Object.class, Set.of());
	}

}
