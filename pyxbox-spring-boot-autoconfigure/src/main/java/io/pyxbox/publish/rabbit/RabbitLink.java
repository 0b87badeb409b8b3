package io.pyxbox.publish.rabbit;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Channel;
import org.jspecify.annotations.Nullable;

import org.springframework.amqp.rabbit.connection.Connection;

/**
 * A connection to RabbitMQ. Thread-safe.
 */
final class RabbitLink implements BlockedListener {

	/** How long to be polite to a broker that may be there no more. */
	private static final int FAREWELL_MILLIS = 500;

	private final Connection connection;

	private final com.rabbitmq.client.Connection client;

	/** What nothing could be said on any more, not even that it is of no use. */
	private final Queue<ConfirmingChannel> leftBehind = new ConcurrentLinkedQueue<>();

	private volatile @Nullable String blockedBecause;

	RabbitLink(Connection connection) {
		this.connection = connection;
		this.client = connection.getDelegate();
		this.client.addBlockedListener(this);
	}

	boolean isOpen() {
		return this.client.isOpen();
	}

	/**
	 * Channels are made by RabbitMQ's own client: those of Spring's are shared with the
	 * application, and confirm only if it is configured so.
	 */
	ConfirmingChannel openChannel() throws IOException {
		Channel channel = this.client.createChannel();
		if (channel == null) {
			// It would have none for ever: whose they are cannot be known.
			abandon();
			throw new IOException("The connection to RabbitMQ has no more channels (spring.rabbitmq."
					+ "requested-channel-max, or the broker's channel_max)");
		}
		return ConfirmingChannel.open(this, channel);
	}

	/**
	 * Why RabbitMQ reads nothing from this connection: it is short of memory or of disk.
	 * What is sent nevertheless waits until it is no more.
	 */
	@Nullable String blockedBecause() {
		return this.blockedBecause;
	}

	@Override
	public void handleBlocked(String reason) {
		this.blockedBecause = reason;
	}

	@Override
	public void handleUnblocked() {
		this.blockedBecause = null;
	}

	/**
	 * Leaves a channel with what is on its way on it, because the connection is blocked.
	 */
	void leaveBehind(ConfirmingChannel channel) {
		this.leftBehind.add(channel);
	}

	/** Ends what was left behind, once the connection is no longer blocked. */
	void tidyUp() throws IOException {
		for (ConfirmingChannel next = this.leftBehind.poll(); next != null; next = this.leftBehind.poll()) {
			next.abort();
		}
	}

	/** Gives up the connection, with all that is on its way. */
	void abandon() {
		this.client.abort(FAREWELL_MILLIS);
	}

	/** Gives the connection back, should its factory be one that lends them. */
	void release() {
		this.connection.close();
	}

}
