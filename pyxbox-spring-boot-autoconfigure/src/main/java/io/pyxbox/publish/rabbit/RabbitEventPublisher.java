package io.pyxbox.publish.rabbit;

import java.time.Duration;
import java.util.List;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.TimedPublisher;

/**
 * Passes events on to RabbitMQ; a {@linkplain RabbitDestination destination} is an
 * exchange with a routing key.
 * <p>
 * <b>Nothing is lost.</b> Messages are persistent and mandatory, and an event is acked
 * when RabbitMQ has confirmed it without having returned it before.
 * <p>
 * <b>Order.</b> Of each key one event is on its way at a time, unless more are allowed.
 * So whatever RabbitMQ refuses or returns, and whenever the connection breaks: what has
 * arrived of a key is the beginning of what was sent, and what is sent next begins with
 * the first event that is not known to have arrived. A receiver that leaves out ids that
 * it has seen finds each key in order in its queue.
 * <p>
 * Thread-safe.
 */
final class RabbitEventPublisher implements TimedPublisher, AutoCloseable {

	private final RabbitChannels channels;

	private final RabbitMessages messages;

	private final Duration ackTimeout;

	private final int inFlightPerKey;

	RabbitEventPublisher(RabbitChannels channels, RabbitMessages messages, Duration ackTimeout, int inFlightPerKey) {
		this.channels = channels;
		this.messages = messages;
		this.ackTimeout = ackTimeout;
		this.inFlightPerKey = inFlightPerKey;
	}

	@Override
	public List<PublishOutcome> publish(List<OutgoingEvent> events) throws InterruptedException {
		return new RabbitBatch(this.channels, this.messages, events, this.ackTimeout, this.inFlightPerKey).send();
	}

	/** The last message is sent in time, after a connection was made. */
	@Override
	public Duration longestCall() {
		return this.ackTimeout.multipliedBy(2).plus(this.channels.connectionTimeout());
	}

	@Override
	public String timeoutProperty() {
		return "pyxbox.rabbit.ack-timeout";
	}

	@Override
	public void checkDestination(String destination) {
		RabbitDestination.check(destination);
	}

	@Override
	public void close() {
		this.channels.close();
	}

}
