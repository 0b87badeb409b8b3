package io.pyxbox.publish;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutgoingEvent;
import tools.jackson.databind.json.JsonMapper;

/**
 * Puts events into the form of CloudEvents 1.0. Thread-safe.
 */
public final class CloudEventFormat {

	private static final String JSON = "application/json";

	private static final String CLOUD_EVENT = "application/cloudevents+json; charset=UTF-8";

	/** Headers that are attributes, too: the extension for distributed tracing. */
	private static final List<String> TRACING = List.of("traceparent", "tracestate");

	private final JsonMapper mapper = JsonMapper.builder().build();

	private final String source;

	private final PublishFormat format;

	/**
	 * Creates a format.
	 * @param source where events come from, a URI reference
	 * @param format how they look on the wire
	 */
	public CloudEventFormat(String source, PublishFormat format) {
		this.source = source;
		this.format = format;
	}

	/**
	 * Puts an event into its form.
	 * @param event the event
	 * @return what goes to the broker
	 */
	public WireMessage message(OutgoingEvent event) {
		Map<String, String> attributes = attributes(event.metadata());
		return (this.format == PublishFormat.BINARY)
				? new WireMessage(attributes, event.metadata().headers(), JSON, event.payload())
				: new WireMessage(Map.of(), event.metadata().headers(), CLOUD_EVENT, document(attributes, event));
	}

	/**
	 * Puts an event into one document with all that is known of it, whatever the mode is:
	 * for where there is no place beside the body. Headers are in an attribute
	 * {@code headers}, as the text of a JSON object.
	 * @param event the event
	 * @return what goes to the broker
	 */
	public WireMessage document(OutgoingEvent event) {
		Map<String, String> attributes = attributes(event.metadata());
		Map<String, String> headers = new HashMap<>(event.metadata().headers());
		headers.keySet().removeAll(TRACING);
		if (!headers.isEmpty()) {
			attributes.put("headers", HeadersText.of(headers));
		}
		return new WireMessage(Map.of(), Map.of(), CLOUD_EVENT, document(attributes, event));
	}

	private Map<String, String> attributes(EventMetadata metadata) {
		Map<String, String> attributes = new LinkedHashMap<>();
		attributes.put("specversion", "1.0");
		attributes.put("id", metadata.id().toString());
		attributes.put("source", this.source);
		attributes.put("type", metadata.type());
		attributes.put("time", metadata.createdAt().toString());
		String key = metadata.partitionKey();
		if (key != null && !key.isEmpty()) {
			attributes.put("subject", key);
		}
		for (String name : TRACING) {
			String value = metadata.headers().get(name);
			if (value != null) {
				attributes.put(name, value);
			}
		}
		return attributes;
	}

	/** The payload goes in as it is: it is JSON. */
	private byte[] document(Map<String, String> attributes, OutgoingEvent event) {
		Map<String, String> all = new LinkedHashMap<>(attributes);
		all.put("datacontenttype", JSON);
		byte[] object = this.mapper.writeValueAsBytes(all);
		ByteArrayOutputStream document = new ByteArrayOutputStream(object.length + event.payload().length + 16);
		document.write(object, 0, object.length - 1);
		document.writeBytes(",\"data\":".getBytes(StandardCharsets.UTF_8));
		document.writeBytes(event.payload());
		document.write('}');
		return document.toByteArray();
	}

}
