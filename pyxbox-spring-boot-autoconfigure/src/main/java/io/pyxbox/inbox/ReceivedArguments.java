package io.pyxbox.inbox;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The arguments of a listener: those of one message, or those of a batch, in which every
 * list has an element for each message.
 *
 * @param values the arguments
 * @param size how many messages there are, or -1 if it is no batch
 * @param readers know batches
 */
record ReceivedArguments(@Nullable Object[] values, int size, List<MessageReader> readers) {

	private static final int SINGLE = -1;

	/**
	 * Wraps arguments.
	 * @param batch which of them is a batch; -1 if none is
	 */
	static ReceivedArguments of(@Nullable Object[] values, int batch, List<MessageReader> readers) {
		List<?> messages = (batch >= 0) ? messages(values[batch], readers) : null;
		return new ReceivedArguments(values, (messages != null) ? messages.size() : SINGLE, readers);
	}

	boolean isBatch() {
		return this.size != SINGLE;
	}

	/** The arguments as they would be for one of the messages. */
	@Nullable Object[] of(int index) {
		@Nullable Object[] single = this.values.clone();
		for (int i = 0; i < single.length; i++) {
			List<?> messages = messages(single[i], this.readers);
			if (messages != null && messages.size() == this.size) {
				single[i] = messages.get(index);
			}
		}
		return single;
	}

	/** The arguments without some of the messages. */
	@Nullable Object[] only(List<Integer> indexes) {
		@Nullable Object[] fewer = this.values.clone();
		for (int i = 0; i < fewer.length; i++) {
			Object value = fewer[i];
			List<?> messages = messages(value, this.readers);
			if (value != null && messages != null && messages.size() == this.size) {
				List<Object> kept = new ArrayList<>();
				indexes.forEach((index) -> kept.add(messages.get(index)));
				fewer[i] = rebuilt(value, kept);
			}
		}
		return fewer;
	}

	private Object rebuilt(Object batch, List<?> kept) {
		return (batch instanceof List) ? kept
				: this.readers.stream()
					.filter((reader) -> reader.isBatch(batch.getClass()))
					.findFirst()
					.orElseThrow()
					.only(batch, kept);
	}

	private static @Nullable List<?> messages(@Nullable Object value, List<MessageReader> readers) {
		if (value instanceof List<?> list) {
			return list;
		}
		if (value == null) {
			return null;
		}
		return readers.stream()
			.filter((reader) -> reader.isBatch(value.getClass()))
			.findFirst()
			.<List<?>>map((reader) -> reader.messages(value))
			.orElse(null);
	}

}
