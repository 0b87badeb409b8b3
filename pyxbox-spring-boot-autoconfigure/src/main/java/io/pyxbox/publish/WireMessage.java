package io.pyxbox.publish;

import java.util.Collections;
import java.util.Map;

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

	public WireMessage {
		// No copies: there is one of these for each event.
		attributes = Collections.unmodifiableMap(attributes);
		headers = Collections.unmodifiableMap(headers);
	}

}
