package io.pyxbox.inbox.kafka;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pyxbox.MessagePosition;
import io.pyxbox.PyxboxException;
import io.pyxbox.inbox.MessageReader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

import org.springframework.kafka.listener.BatchListenerFailedException;
import org.springframework.kafka.support.Acknowledgment;

/**
 * Reads records.
 */
public final class KafkaMessageReader implements MessageReader {

	@Override
	public boolean reads(Class<?> type) {
		return ConsumerRecord.class.isAssignableFrom(type);
	}

	@Override
	public Properties read(Object message) {
		return new RecordProperties((ConsumerRecord<?, ?>) message);
	}

	@Override
	public boolean isBatch(Class<?> type) {
		return ConsumerRecords.class.isAssignableFrom(type);
	}

	@Override
	public List<?> messages(Object batch) {
		List<Object> messages = new ArrayList<>();
		((ConsumerRecords<?, ?>) batch).forEach(messages::add);
		return messages;
	}

	@Override
	public Object only(Object batch, List<?> messages) {
		return only((ConsumerRecords<?, ?>) batch, messages);
	}

	@SuppressWarnings("unchecked")
	private static <K, V> ConsumerRecords<K, V> only(ConsumerRecords<K, V> batch, List<?> messages) {
		Map<TopicPartition, List<ConsumerRecord<K, V>>> kept = new LinkedHashMap<>();
		for (Object message : messages) {
			ConsumerRecord<K, V> record = (ConsumerRecord<K, V>) message;
			kept.computeIfAbsent(new TopicPartition(record.topic(), record.partition()), (key) -> new ArrayList<>())
				.add(record);
		}
		return new ConsumerRecords<>(kept, batch.nextOffsets());
	}

	@Override
	public @Nullable StandIn standIn(Object argument) {
		return (argument instanceof Acknowledgment acknowledgment) ? new LateAcknowledgment(acknowledgment) : null;
	}

	/**
	 * The container would commit the offsets of those before the one that has failed.
	 */
	@Override
	public @Nullable RuntimeException ofWholeBatch(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof BatchListenerFailedException) {
				PyxboxException whole = new PyxboxException("A batch has failed, all of which is one transaction: "
						+ cause.getMessage() + ". All of it is received again.");
				whole.addSuppressed(failure);
				return whole;
			}
		}
		return null;
	}

	/**
	 * A record.
	 *
	 * @param message the record
	 */
	private record RecordProperties(ConsumerRecord<?, ?> message) implements Properties {

		@Override
		public @Nullable String header(String name) {
			Header header = this.message.headers().lastHeader(name);
			return (header != null && header.value() != null) ? new String(header.value(), StandardCharsets.UTF_8)
					: null;
		}

		@Override
		public @Nullable String contentType() {
			return header("content-type");
		}

		@Override
		public @Nullable Object content() {
			return this.message.value();
		}

		@Override
		public @Nullable String protocolId() {
			return null;
		}

		@Override
		public MessagePosition position() {
			return new MessagePosition(this.message.topic(), this.message.partition(), this.message.offset());
		}

	}

}
