package io.pyxbox.inbox;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

import io.pyxbox.MessageId;
import io.pyxbox.MessageIdentity;
import io.pyxbox.MessagePosition;
import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds out what identifies messages. CloudEvents are identified by their source and
 * their id; the source is left out where the id is a UUID. Thread-safe.
 *
 * @param readers know messages
 */
record MessageIdentities(List<MessageReader> readers) {

	/** As the bindings of CloudEvents to protocols have them. */
	private static final List<String> PREFIXES = List.of("ce_", "ce-", "cloudEvents:", "cloudEvents_");

	private static final String CLOUD_EVENT = "application/cloudevents";

	private static final String BATCH_OF_CLOUD_EVENTS = "application/cloudevents-batch";

	MessageIdentities {
		readers = List.copyOf(readers);
	}

	boolean reads(Class<?> type) {
		return this.readers.stream().anyMatch((reader) -> reader.reads(type));
	}

	/** What the message says of its id itself. */
	MessageIdentity byHeaders(Object message) {
		MessageReader.Properties properties = read(message);
		for (String prefix : PREFIXES) {
			String id = properties.header(prefix + "id");
			if (id != null) {
				return of(id, properties.header(prefix + "source"));
			}
		}
		String contentType = properties.contentType();
		if (isCloudEvent(contentType)) {
			return ofDocument(properties.content());
		}
		String protocolId = properties.protocolId();
		if (protocolId != null) {
			return of(protocolId, null);
		}
		throw new PyxboxException("A message has no id by which it could be received once: there is neither a header "
				+ "'ce_id', nor another one of CloudEvents, nor an id of its protocol. Set messageId = \"...\" on "
				+ "@IdempotentReceiver, or have the sender set an id.");
	}

	MessagePosition byOffset(Object message) {
		MessagePosition position = read(message).position();
		if (position == null) {
			throw new PyxboxException("A message has no offset: only those of Kafka's can be received by it");
		}
		return position;
	}

	private MessageReader.Properties read(Object message) {
		return this.readers.stream()
			.filter((reader) -> reader.reads(message.getClass()))
			.findFirst()
			.orElseThrow(() -> new PyxboxException(
					"There is no message to be received: nothing is known of a " + message.getClass().getName()))
			.read(message);
	}

	private static boolean isCloudEvent(@Nullable String contentType) {
		String type = (contentType != null) ? contentType.toLowerCase(Locale.ROOT) : "";
		return type.startsWith(CLOUD_EVENT) && !type.startsWith(BATCH_OF_CLOUD_EVENTS);
	}

	private static MessageIdentity ofDocument(@Nullable Object content) {
		try {
			JsonNode document = (content instanceof byte[] bytes) ? JsonMapper.shared().readTree(bytes)
					: JsonMapper.shared().readTree(String.valueOf(content).getBytes(StandardCharsets.UTF_8));
			String id = document.path("id").asString("");
			if (!id.isEmpty()) {
				return of(id, document.path("source").asString(""));
			}
		}
		catch (JacksonException ex) {
			throw new PyxboxException("A message says that it is a CloudEvents document, but cannot be read as one",
					ex);
		}
		throw new PyxboxException("A message says that it is a CloudEvents document, but has no id");
	}

	private static MessageId of(String id, @Nullable String source) {
		MessageId alone = MessageId.of(id);
		boolean unique = alone.text() == null || source == null || source.isEmpty();
		return unique ? alone : MessageId.of(source + "#" + id);
	}

}
