package io.pyxbox.emit;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.InboxMessage;
import io.pyxbox.InvalidEventException;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventType;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.codec.StorableText;
import io.pyxbox.store.Buckets;
import io.pyxbox.store.NewEvent;
import org.jspecify.annotations.Nullable;

/**
 * Makes rows of events: type, topic, key, JSON, and an id. Thread-safe.
 */
public final class EventFactory {

	private final EventTypes types;

	private final EventCodec codec;

	private final NoArgGenerator ids = Generators.timeBasedEpochGenerator();

	/**
	 * Creates a factory.
	 * @param types where event classes are registered
	 * @param codec writes events as JSON
	 */
	public EventFactory(EventTypes types, EventCodec codec) {
		this.types = types;
		this.codec = codec;
	}

	/** Takes the bucket of events without a key from its caller. */
	NewEvent create(Object event, EmitOptions options, int bucketWithoutKey) {
		Objects.requireNonNull(event, "The event must not be null");
		EventType type = typeOf(event);
		String topic = (options.topic() != null) ? options.topic() : type.topic();
		String key = (options.partitionKey() != null) ? options.partitionKey() : type.partitionKey().of(event);
		requireStorable(topic, "The topic of an event of type '" + type.name() + "'");
		requireStorable(key, "The partition key of an event of type '" + type.name() + "'");
		return new NewEvent((key != null) ? Buckets.of(key) : bucketWithoutKey, new EventId(this.ids.generate()),
				type.name(), topic, key, this.codec.encode(event), this.codec.encodeHeaders(options.headers(), event));
	}

	/** What comes from elsewhere has an id and a type, and is JSON already. */
	NewEvent create(InboxMessage message, int bucketWithoutKey) {
		String what = "The message '" + message.id() + "' of type '" + message.type() + "'";
		String key = message.partitionKey();
		requireStorable(message.type(), "The type of a message");
		requireStorable(message.topic(), "The topic of a message of type '" + message.type() + "'");
		requireStorable(key, "The partition key of a message of type '" + message.type() + "'");
		this.codec.requireStorable(message.payload(), what);
		String id = message.id().text();
		Map<String, String> headers = (id != null) ? message.withHeader(InboxMessage.ID_HEADER, id).headers()
				: message.headers();
		return new NewEvent((key != null) ? Buckets.of(key) : bucketWithoutKey, new EventId(message.id().value()),
				message.type(), message.topic(), key, message.payload(), this.codec.encodeHeaders(headers, message));
	}

	private EventType typeOf(Object event) {
		if (event instanceof Collection || event.getClass().isArray()) {
			throw new InvalidEventException(
					"A " + event.getClass().getName() + " is not an event. Emit several events with emitAll");
		}
		try {
			return this.types.register(event.getClass());
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidEventException(String.valueOf(ex.getMessage()), ex);
		}
	}

	private static void requireStorable(@Nullable String text, String what) {
		if (text != null) {
			StorableText.require(text, what);
		}
	}

}
