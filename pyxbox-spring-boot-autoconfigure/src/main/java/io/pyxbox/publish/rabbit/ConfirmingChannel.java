package io.pyxbox.publish.rabbit;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.ReturnListener;
import com.rabbitmq.client.ShutdownListener;
import com.rabbitmq.client.ShutdownSignalException;
import io.pyxbox.publish.rabbit.RabbitMessages.OutgoingMessage;
import org.jspecify.annotations.Nullable;

/**
 * A channel on which RabbitMQ confirms what it gets, and returns what no queue takes.
 * What it says comes on a thread of the connection's, and is kept for the one that sends.
 * To be used by one thread at a time.
 */
final class ConfirmingChannel implements ConfirmListener, ReturnListener, ShutdownListener {

	private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

	private final RabbitLink link;

	private final Channel channel;

	/** Counted here, because the client counts what it could not send as well. */
	private long sent;

	private ConfirmingChannel(RabbitLink link, Channel channel) {
		this.link = link;
		this.channel = channel;
	}

	static ConfirmingChannel open(RabbitLink link, Channel channel) throws IOException {
		ConfirmingChannel confirming = new ConfirmingChannel(link, channel);
		channel.addConfirmListener(confirming);
		channel.addReturnListener(confirming);
		channel.addShutdownListener(confirming);
		channel.confirmSelect();
		return confirming;
	}

	RabbitLink link() {
		return this.link;
	}

	boolean isOpen() {
		return this.channel.isOpen();
	}

	void abort() throws IOException {
		this.channel.abort();
	}

	/** The number that the next message will have. */
	long nextNumber() {
		return this.sent + 1;
	}

	/**
	 * Sends a message.
	 * @throws IllegalArgumentException if it cannot be sent at all; then it has no number
	 * @throws ShutdownSignalException if the channel is closed
	 */
	void send(OutgoingMessage message) throws IOException {
		this.channel.basicPublish(message.destination().exchange(), message.destination().routingKey(), true,
				message.properties(), message.body());
		this.sent++;
	}

	/** What RabbitMQ has said; {@code null} if it says nothing in that time. */
	@Nullable Signal poll(long nanos) throws InterruptedException {
		return (nanos > 0) ? this.signals.poll(nanos, TimeUnit.NANOSECONDS) : this.signals.poll();
	}

	@Override
	public void handleAck(long number, boolean multiple) {
		this.signals.add(new Signal.Confirmed(number, multiple, true));
	}

	@Override
	public void handleNack(long number, boolean multiple) {
		this.signals.add(new Signal.Confirmed(number, multiple, false));
	}

	@Override
	public void handleReturn(int code, String text, String exchange, String routingKey, BasicProperties properties,
			byte[] body) {
		this.signals.add(new Signal.Returned(properties.getMessageId(), code + " " + text));
	}

	@Override
	public void shutdownCompleted(ShutdownSignalException cause) {
		this.signals.add(new Signal.Closed(cause));
	}

}
