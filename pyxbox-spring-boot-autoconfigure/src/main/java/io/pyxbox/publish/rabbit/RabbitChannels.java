package io.pyxbox.publish.rabbit;

import java.io.IOException;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

import org.jspecify.annotations.Nullable;

import org.springframework.amqp.rabbit.connection.AbstractConnectionFactory;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;

/**
 * The channels that events are sent on, all of one connection: the one that the
 * application's factory has for those that only publish, so that a broker that is short
 * of memory and does not read from it still gets the acknowledgements of the
 * application's listeners. Thread-safe.
 */
final class RabbitChannels implements AutoCloseable {

	private final ConnectionFactory factory;

	private final Deque<ConfirmingChannel> idle = new ConcurrentLinkedDeque<>();

	private @Nullable RabbitLink link;

	RabbitChannels(ConnectionFactory applications) {
		ConnectionFactory publishers = applications.getPublisherConnectionFactory();
		this.factory = (publishers != null) ? publishers : applications;
	}

	/** How long it may take to connect, as far as is known. */
	Duration connectionTimeout() {
		return (this.factory instanceof AbstractConnectionFactory known)
				? Duration.ofMillis(known.getRabbitConnectionFactory().getConnectionTimeout()) : Duration.ZERO;
	}

	/**
	 * Returns a channel on which nothing is on its way, to be given back.
	 * @throws IOException or an exception of Spring's, if there is no connection
	 */
	ConfirmingChannel take() throws IOException {
		RabbitLink current = connect();
		String blockedBecause = current.blockedBecause();
		if (blockedBecause != null) {
			throw new IOException("RabbitMQ has blocked the connection: " + blockedBecause);
		}
		current.tidyUp();
		ConfirmingChannel channel = takeIdle(current);
		return (channel != null) ? channel : current.openChannel();
	}

	private synchronized RabbitLink connect() {
		RabbitLink current = this.link;
		if (current != null && current.isOpen()) {
			return current;
		}
		close();
		RabbitLink next = new RabbitLink(this.factory.createConnection());
		this.link = next;
		return next;
	}

	private @Nullable ConfirmingChannel takeIdle(RabbitLink current) {
		ConfirmingChannel channel = this.idle.pollFirst();
		while (channel != null && (channel.link() != current || !channel.isOpen())) {
			channel = this.idle.pollFirst();
		}
		return channel;
	}

	/**
	 * Gives back a channel on which nothing is on its way. Waits for nobody who connects.
	 */
	void giveBack(ConfirmingChannel channel) {
		this.idle.addFirst(channel);
	}

	@Override
	public synchronized void close() {
		this.idle.clear();
		RabbitLink current = this.link;
		if (current != null) {
			this.link = null;
			current.release();
		}
	}

}
