package io.pyxbox.inbox.amqp;

import java.nio.charset.StandardCharsets;

import io.pyxbox.MessagePosition;
import io.pyxbox.inbox.MessageReader;
import org.jspecify.annotations.Nullable;

import org.springframework.amqp.core.Message;

/**
 * Reads messages as containers of Spring AMQP have them.
 */
public final class AmqpMessageReader implements MessageReader {

	@Override
	public boolean reads(Class<?> type) {
		return Message.class.isAssignableFrom(type);
	}

	@Override
	public Properties read(Object message) {
		return new MessageProperties((Message) message);
	}

	/**
	 * A message.
	 *
	 * @param message the message
	 */
	private record MessageProperties(Message message) implements Properties {

		@Override
		public @Nullable String header(String name) {
			Object value = this.message.getMessageProperties().getHeaders().get(name);
			if (value instanceof byte[] bytes) {
				return new String(bytes, StandardCharsets.UTF_8);
			}
			return (value != null) ? value.toString() : null;
		}

		@Override
		public @Nullable String contentType() {
			return this.message.getMessageProperties().getContentType();
		}

		@Override
		public Object content() {
			return this.message.getBody();
		}

		@Override
		public @Nullable String protocolId() {
			return this.message.getMessageProperties().getMessageId();
		}

		@Override
		public @Nullable MessagePosition position() {
			return null;
		}

	}

}
