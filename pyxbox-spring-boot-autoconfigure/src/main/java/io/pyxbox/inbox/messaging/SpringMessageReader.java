package io.pyxbox.inbox.messaging;

import java.nio.charset.StandardCharsets;

import io.pyxbox.MessagePosition;
import io.pyxbox.inbox.MessageReader;
import org.jspecify.annotations.Nullable;

import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;

/**
 * Reads messages of Spring's. The header {@code id} is none of the sender's: each message
 * object has another one.
 */
public final class SpringMessageReader implements MessageReader {

	@Override
	public boolean reads(Class<?> type) {
		return Message.class.isAssignableFrom(type);
	}

	@Override
	public Properties read(Object message) {
		return new MessageProperties((Message<?>) message);
	}

	/**
	 * A message.
	 *
	 * @param message the message
	 */
	private record MessageProperties(Message<?> message) implements Properties {

		@Override
		public @Nullable String header(String name) {
			Object value = this.message.getHeaders().get(name);
			if (value instanceof byte[] bytes) {
				return new String(bytes, StandardCharsets.UTF_8);
			}
			return (value != null) ? value.toString() : null;
		}

		@Override
		public @Nullable String contentType() {
			String own = header(MessageHeaders.CONTENT_TYPE);
			return (own != null) ? own : header("content-type");
		}

		@Override
		public Object content() {
			return this.message.getPayload();
		}

		@Override
		public @Nullable String protocolId() {
			return header("amqp_messageId");
		}

		/** As Spring for Apache Kafka calls them. */
		@Override
		public @Nullable MessagePosition position() {
			Object topic = this.message.getHeaders().get("kafka_receivedTopic");
			Object partition = this.message.getHeaders().get("kafka_receivedPartitionId");
			Object offset = this.message.getHeaders().get("kafka_offset");
			return (topic instanceof String name && partition instanceof Integer number && offset instanceof Long at)
					? new MessagePosition(name, number, at) : null;
		}

	}

}
