package io.pyxbox.publish.rabbit;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.rabbit.RabbitMessages.OutgoingMessage;
import org.jspecify.annotations.Nullable;

/**
 * An event of a batch, and what became of it so far. For one thread.
 */
final class Sending {

	private final OutgoingEvent event;

	private final String id;

	private @Nullable OutgoingMessage message;

	private long sentAt;

	private @Nullable String returnedBecause;

	private @Nullable PublishOutcome outcome;

	Sending(OutgoingEvent event) {
		this.event = event;
		this.id = event.metadata().id().toString();
	}

	@Nullable String key() {
		return this.event.metadata().partitionKey();
	}

	/** The message, which is made when it is asked for. */
	OutgoingMessage message(RabbitMessages messages) {
		OutgoingMessage made = this.message;
		if (made == null) {
			made = messages.of(this.event);
			this.message = made;
		}
		return made;
	}

	RabbitDestination destination() {
		return (this.message != null) ? this.message.destination() : RabbitDestination.of(this.event);
	}

	boolean hasId(@Nullable String messageId) {
		return this.id.equals(messageId);
	}

	void sentNow() {
		this.sentAt = System.nanoTime();
		this.returnedBecause = null;
	}

	long sentAt() {
		return this.sentAt;
	}

	void returned(String reason) {
		this.returnedBecause = reason;
	}

	/** What an acknowledgement means, after what came before it. */
	PublishOutcome acked() {
		return (this.returnedBecause != null)
				? PublishOutcome.failed(MessageRefusedException.returned(destination(), this.returnedBecause))
				: PublishOutcome.acked();
	}

	void settle(PublishOutcome result) {
		this.outcome = result;
	}

	/** What became of it; not sent, if nothing. */
	PublishOutcome outcome() {
		return (this.outcome != null) ? this.outcome : PublishOutcome.notSent();
	}

}
