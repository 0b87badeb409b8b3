package io.pyxbox.codec;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.pyxbox.InvalidEventException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * Events as JSON and back, by the application's own {@code JsonMapper}. Thread-safe.
 */
public final class EventCodec {

	private static final TypeReference<Map<String, String>> HEADERS = new TypeReference<>() {
	};

	private final JsonMapper mapper;

	private final Map<Class<?>, ObjectReader> readers = new ConcurrentHashMap<>();

	private final JsonMapper headerMapper = JsonMapper.builder().build();

	private final long maxPayloadBytes;

	/**
	 * Creates a codec.
	 * @param mapper the application's mapper
	 * @param maxPayloadBytes how large an event may be, in bytes of UTF-8
	 */
	public EventCodec(JsonMapper mapper, long maxPayloadBytes) {
		this.mapper = mapper;
		this.maxPayloadBytes = maxPayloadBytes;
	}

	/**
	 * Writes an event.
	 * @param event the event
	 * @return its JSON
	 * @throws InvalidEventException if it cannot be written, is too large, or contains
	 * characters that PostgreSQL cannot store
	 */
	public String encode(Object event) {
		String json;
		try {
			json = this.mapper.writeValueAsString(event);
		}
		catch (JacksonException ex) {
			throw new InvalidEventException(describe(event) + " cannot be written as JSON: " + ex.getOriginalMessage(),
					ex);
		}
		requireStorableContent(json, describe(event));
		return json;
	}

	/**
	 * Checks what is JSON already.
	 * @param json the JSON
	 * @param what what it is, for the message
	 * @throws InvalidEventException if it is none, is too large, or contains characters
	 * that PostgreSQL cannot store
	 */
	public void requireStorable(String json, String what) {
		try (JsonParser parser = this.mapper.createParser(json)) {
			if (parser.nextToken() == null) {
				throw new InvalidEventException(what + " has no content");
			}
			parser.skipChildren();
			if (parser.nextToken() != null) {
				throw new InvalidEventException(what + " has more than one JSON document as its content");
			}
		}
		catch (JacksonException ex) {
			throw new InvalidEventException(what + " is no JSON: " + ex.getOriginalMessage(), ex);
		}
		requireStorableContent(json, what);
	}

	private void requireStorableContent(String json, String what) {
		long size = StorableText.utf8Length(json, what);
		StorableText.requireNoEscapedNul(json, what);
		if (size > this.maxPayloadBytes) {
			throw new InvalidEventException(what + " is " + size + " bytes of JSON, more than the "
					+ this.maxPayloadBytes + " that 'pyxbox.outbox.max-payload-size' allows. "
					+ "Store large content elsewhere and emit a reference to it, or raise the limit.");
		}
		StorableNumbers.require(json, what);
	}

	/**
	 * Writes headers.
	 * @param headers the headers
	 * @param event what they belong to, for the message
	 * @return their JSON, or {@code null} if there are none
	 * @throws InvalidEventException if they contain characters that PostgreSQL cannot
	 * store
	 */
	public @Nullable String encodeHeaders(Map<String, String> headers, Object event) {
		if (headers.isEmpty()) {
			return null;
		}
		headers.forEach((name, value) -> {
			StorableText.require(name,
					"The header name '" + name + "' of an event of class " + event.getClass().getName());
			StorableText.require(value, "The header '" + name + "' of an event of class " + event.getClass().getName());
		});
		return this.headerMapper.writeValueAsString(headers);
	}

	/**
	 * Reads an event.
	 * @param payload its JSON in UTF-8
	 * @param type its type
	 * @return the event
	 * @throws JacksonException if the JSON does not fit the class
	 */
	public Object decode(byte[] payload, EventType type) {
		Object event = this.readers.computeIfAbsent(type.javaType(), this.mapper::readerFor).readValue(payload);
		if (event == null) {
			throw new IllegalArgumentException("The payload is the JSON literal null");
		}
		return event;
	}

	/**
	 * Reads headers.
	 * @param headers their JSON, if there are any
	 * @return the headers
	 * @throws JacksonException if the JSON is not an object of texts
	 */
	public Map<String, String> decodeHeaders(@Nullable String headers) {
		return (headers != null) ? this.headerMapper.readValue(headers, HEADERS) : Map.of();
	}

	private static String describe(Object event) {
		return "An event of class " + event.getClass().getName();
	}

}
