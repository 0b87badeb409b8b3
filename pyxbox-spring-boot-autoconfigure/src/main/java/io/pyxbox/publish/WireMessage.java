package io.pyxbox.publish;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * An event as it goes to a broker.
 *
 * @param attributes the attributes of CloudEvents that go beside the body, by the names
 * they have there, without the prefix that each protocol has for them
 * @param headers the headers that the emitter has added, under their own names
 * @param contentType the media type of the body
 * @param body the body; not to be changed
 */
public record WireMessage(Map<String, String> attributes, Map<String, String> headers, String contentType,
		byte[] body) {

	/** What says of an event what only the event itself may say. */
	private static final Set<String> ATTRIBUTES = Set.of("specversion", "id", "source", "type", "time", "subject",
			"datacontenttype", "traceparent", "tracestate");

	public WireMessage {
		// No copies: there is one of these for each event.
		attributes = Collections.unmodifiableMap(attributes);
		headers = Collections.unmodifiableMap(headers);
	}

	/**
	 * Returns the headers, but for those that a receiver would take for attributes.
	 * @param prefix what the names of attributes begin with
	 * @return the others
	 */
	public Map<String, String> headersBeside(String prefix) {
		if (this.headers.keySet().stream().noneMatch((name) -> isAttribute(name, prefix))) {
			return this.headers;
		}
		Map<String, String> others = new LinkedHashMap<>(this.headers);
		others.keySet().removeIf((name) -> isAttribute(name, prefix));
		return others;
	}

	private static boolean isAttribute(String name, String prefix) {
		return name.startsWith(prefix) && ATTRIBUTES.contains(name.substring(prefix.length()));
	}

}
