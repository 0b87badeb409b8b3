package io.pyxbox.dispatch;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.store.NewEvent;
import io.pyxbox.store.Subscription.Route;
import io.pyxbox.store.WakeUpChannel;
import org.jspecify.annotations.Nullable;

/**
 * What one instance tells the others: what kinds of events it has committed, and in which
 * buckets.
 *
 * @param sender the instance
 * @param buckets for each kind its buckets, a bit for each; empty if it is better to look
 * at everything
 */
record WakeUp(UUID sender, Map<Route, Long> buckets) {

	private static final int RADIX = 16;

	WakeUp {
		buckets = Map.copyOf(buckets);
	}

	/** The buckets of events by their kind. */
	static void collect(Collection<NewEvent> events, Map<Route, Long> buckets) {
		for (NewEvent event : events) {
			buckets.merge(new Route(event.type(), event.topic()), 1L << event.bucket(), (some, more) -> some | more);
		}
	}

	boolean isForEverything() {
		return this.buckets.isEmpty();
	}

	/** Whether it says that there is something of a kind in a bucket. */
	static boolean contains(long buckets, int bucket) {
		return (buckets & 1L << bucket) != 0;
	}

	/**
	 * The sender, then each kind as {@code type/topic=buckets}, without blanks inside.
	 */
	String encode() {
		StringBuilder text = new StringBuilder(this.sender.toString());
		this.buckets.forEach((kind, bits) -> {
			text.append(' ').append(escape(kind.type()));
			if (kind.topic() != null) {
				text.append('/').append(escape(kind.topic()));
			}
			text.append('=').append(Long.toUnsignedString(bits, RADIX));
		});
		return (text.length() <= WakeUpChannel.MAX_LENGTH) ? text.toString() : this.sender.toString();
	}

	/**
	 * Reads a message.
	 * @return what it says; to look at everything if that cannot be understood
	 */
	static WakeUp decode(String text) {
		String[] parts = text.split(" ");
		try {
			UUID sender = UUID.fromString(parts[0]);
			Map<Route, Long> buckets = new HashMap<>();
			Arrays.stream(parts).skip(1).forEach((part) -> {
				int end = part.lastIndexOf('=');
				buckets.put(kind(part.substring(0, end)), Long.parseUnsignedLong(part.substring(end + 1), RADIX));
			});
			return new WakeUp(sender, buckets);
		}
		catch (IllegalArgumentException | IndexOutOfBoundsException ex) {
			return new WakeUp(new UUID(0, 0), Map.of());
		}
	}

	private static Route kind(String text) {
		int slash = text.indexOf('/');
		@Nullable String topic = (slash >= 0) ? unescape(text.substring(slash + 1)) : null;
		return new Route(unescape((slash >= 0) ? text.substring(0, slash) : text), topic);
	}

	private static String escape(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8);
	}

	private static String unescape(String text) {
		return URLDecoder.decode(text, StandardCharsets.UTF_8);
	}

}
