package io.pyxbox;

/**
 * The position of a message in a log, such as a topic of Kafka's. Positions of a
 * partition are received in their order, so what is remembered is one number for each
 * partition: up to where it was received.
 * <p>
 * A message that its sender has sent twice has two positions.
 *
 * @param topic the topic
 * @param partition the partition
 * @param offset the offset
 */
public record MessagePosition(String topic, int partition, long offset) implements MessageIdentity {

	public MessagePosition {
		if (topic.isEmpty() || topic.indexOf('\0') >= 0) {
			throw new IllegalArgumentException("A topic must not be empty, nor contain NUL: '" + topic + "'");
		}
		if (partition < 0 || offset < 0 || offset == Long.MAX_VALUE) {
			throw new IllegalArgumentException(
					"Partition and offset must not be negative: " + partition + " and " + offset);
		}
	}

}
