package io.pyxbox.publish.rabbit;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;

import com.rabbitmq.client.ShutdownSignalException;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.rabbit.RabbitMessages.OutgoingMessage;
import org.jspecify.annotations.Nullable;

/**
 * One batch on its way.
 * <ol>
 * <li>All that may be sent is on its way at the same time; whenever something is
 * confirmed, the next one of its key follows.</li>
 * <li>RabbitMQ ends a channel because of a message (its exchange does not exist, it is
 * too large), and does not say because of which. Then what was on its way is sent again,
 * on another channel, one by one: the one that is alone when the channel ends is to
 * blame.</li>
 * <li>If there is no connection, or no confirmation in time, the broker is down: what was
 * on its way is given up together with the connection, and the rest is not sent.</li>
 * </ol>
 */
final class RabbitBatch {

	private final RabbitChannels channels;

	private final RabbitMessages messages;

	private final Duration timeout;

	private final List<Sending> sendings;

	private final SendOrder order;

	private final TreeMap<Long, Sending> onTheirWay = new TreeMap<>();

	/** What is to be sent again, alone. */
	private final Deque<Sending> suspects = new ArrayDeque<>();

	/** Trying each of them once is enough. */
	private final Map<String, PublishOutcome> refusingExchanges = new HashMap<>();

	private final long end;

	private @Nullable ConfirmingChannel channel;

	private boolean down;

	RabbitBatch(RabbitChannels channels, RabbitMessages messages, List<OutgoingEvent> events, Duration timeout,
			int inFlightPerKey) {
		this.channels = channels;
		this.messages = messages;
		this.timeout = timeout;
		this.sendings = events.stream().map(Sending::new).toList();
		this.order = new SendOrder(this.sendings, inFlightPerKey);
		this.end = System.nanoTime() + timeout.toNanos();
	}

	/** Sends the batch; returns an outcome for each event. */
	List<PublishOutcome> send() throws InterruptedException {
		try {
			Sending next = next();
			while (next != null || !this.onTheirWay.isEmpty()) {
				if (next != null) {
					send(next);
				}
				handleSignals(next == null);
				next = next();
			}
		}
		finally {
			leaveChannel();
		}
		return this.sendings.stream().map(Sending::outcome).toList();
	}

	private @Nullable Sending next() {
		if (this.down || System.nanoTime() - this.end >= 0 || isBlocked()) {
			return null;
		}
		if (this.suspects.isEmpty()) {
			return this.order.next();
		}
		return this.onTheirWay.isEmpty() ? this.suspects.poll() : null;
	}

	private boolean isBlocked() {
		return this.channel != null && this.channel.link().blockedBecause() != null;
	}

	private void send(Sending sending) throws InterruptedException {
		if (this.order.isHeld(sending)) {
			return;
		}
		OutgoingMessage message;
		try {
			message = sending.message(this.messages);
		}
		catch (RuntimeException ex) {
			settle(sending, PublishOutcome.failed(ex));
			return;
		}
		PublishOutcome known = this.refusingExchanges.get(message.destination().exchange());
		if (known != null) {
			settle(sending, known);
			return;
		}
		try {
			ConfirmingChannel current = this.channel;
			if (current == null) {
				current = this.channels.take();
				this.channel = current;
			}
			send(sending, message, current);
		}
		catch (IOException | RuntimeException ex) {
			handleSignals(false);
			down(ex);
			sending.settle(PublishOutcome.destinationDown(ex));
		}
	}

	private void send(Sending sending, OutgoingMessage message, ConfirmingChannel current)
			throws IOException, InterruptedException {
		long number = current.nextNumber();
		sending.sentNow();
		try {
			current.send(message);
			this.onTheirWay.put(number, sending);
		}
		catch (IllegalArgumentException ex) {
			// There is no way to write this down: a name is too long, for example.
			settle(sending, PublishOutcome.rejected(ex));
		}
		catch (ShutdownSignalException ex) {
			// Nothing was sent. What was before may have been confirmed.
			handleSignals(false);
			if (this.channel == current) {
				closed(ex);
			}
			this.suspects.addLast(sending);
		}
	}

	private void handleSignals(boolean waiting) throws InterruptedException {
		ConfirmingChannel current = this.channel;
		if (current == null) {
			return;
		}
		Signal signal = current.poll(waiting ? remaining() : 0);
		if (signal == null && waiting) {
			String blockedBecause = current.link().blockedBecause();
			down(new TimeoutException("No confirmation within " + this.timeout.toMillis()
					+ " ms ('pyxbox.rabbit.ack-timeout')"
					+ ((blockedBecause != null) ? ", RabbitMQ has blocked the connection: " + blockedBecause : "")));
		}
		while (signal != null && this.channel == current) {
			handle(signal);
			signal = current.poll(0);
		}
	}

	/** How long to wait for what is on its way for the longest time. */
	private long remaining() {
		return this.onTheirWay.firstEntry().getValue().sentAt() + this.timeout.toNanos() - System.nanoTime();
	}

	private void handle(Signal signal) {
		if (signal instanceof Signal.Confirmed confirmed) {
			confirmed(confirmed);
		}
		else if (signal instanceof Signal.Returned returned) {
			this.onTheirWay.values()
				.stream()
				.filter((sending) -> sending.hasId(returned.messageId()))
				.forEach((sending) -> sending.returned(returned.reason()));
		}
		else if (signal instanceof Signal.Closed closed) {
			closed(closed.cause());
		}
	}

	private void confirmed(Signal.Confirmed confirmed) {
		Map<Long, Sending> these = this.onTheirWay.subMap(confirmed.multiple() ? 0 : confirmed.number(), true,
				confirmed.number(), true);
		List<Sending> arrived = List.copyOf(these.values());
		these.clear();
		for (Sending sending : arrived) {
			settle(sending, confirmed.acked() ? sending.acked()
					: PublishOutcome.failed(MessageRefusedException.nacked(sending.destination())));
		}
	}

	private void closed(ShutdownSignalException cause) {
		this.channel = null;
		List<Sending> lost = List.copyOf(this.onTheirWay.values());
		if (cause.isInitiatedByApplication()) {
			// Another batch has given up the connection: that says nothing of these.
			giveUp(PublishOutcome.notSent());
			return;
		}
		if (!RabbitFailure.isOfAMessage(cause)) {
			if (!lost.isEmpty()) {
				down(cause);
			}
			return;
		}
		this.onTheirWay.clear();
		if (lost.size() == 1) {
			blame(lost.get(0), cause);
		}
		else {
			this.suspects.addAll(lost);
		}
	}

	private void blame(Sending culprit, ShutdownSignalException cause) {
		PublishOutcome outcome = RabbitFailure.outcomeOf(culprit.destination(), cause);
		if (RabbitFailure.isOfTheExchange(cause)) {
			this.refusingExchanges.put(culprit.destination().exchange(), outcome);
		}
		settle(culprit, outcome);
	}

	private void settle(Sending sending, PublishOutcome outcome) {
		sending.settle(outcome);
		if (outcome instanceof PublishOutcome.Acked) {
			this.order.goOnAfter(sending);
		}
		else {
			// After a rejected one, too: its key may have to wait until somebody acts.
			this.order.stopAfter(sending);
		}
	}

	private void down(Throwable cause) {
		giveUp(PublishOutcome.destinationDown(cause));
	}

	private void giveUp(PublishOutcome outcome) {
		this.down = true;
		this.onTheirWay.values().forEach((sending) -> sending.settle(outcome));
		this.onTheirWay.clear();
	}

	/**
	 * A channel that something is still on its way on is of no use to others. It is given
	 * up with its connection, which may be dead without anybody having noticed; unless
	 * that is blocked, for then a new one would soon be blocked as well.
	 */
	private void leaveChannel() {
		ConfirmingChannel current = this.channel;
		if (current == null) {
			return;
		}
		if (!this.down && this.onTheirWay.isEmpty()) {
			this.channels.giveBack(current);
		}
		else if (isBlocked()) {
			current.link().leaveBehind(current);
		}
		else {
			current.link().abandon();
		}
	}

}
