package io.pyxbox.publish.sqs;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

import io.pyxbox.publish.HeadersText;
import io.pyxbox.publish.WireMessage;

/**
 * The attributes of a message, of which SQS takes ten: those of CloudEvents, and headers
 * of the emitter under their own names. What finds no room, or what SQS would not take,
 * is together in one attribute, as a JSON object: nothing is lost.
 */
final class SqsAttributes {

	static final String CONTENT_TYPE = "content-type";

	static final String HEADERS = "headers";

	static final String PREFIX = "ce_";

	private static final int MAX = 10;

	/** Known to other libraries by these names. */
	private static final List<String> FIRST = List.of("traceparent", "tracestate");

	private static final Pattern NAME = Pattern
		.compile("(?!\\.)(?!.*\\.\\.)(?!.*\\.$)(?!(?i:aws|amazon)\\.)[A-Za-z0-9_.-]{1,256}");

	private SqsAttributes() {
	}

	static Map<String, String> of(WireMessage message) {
		Map<String, String> attributes = new LinkedHashMap<>();
		attributes.put(CONTENT_TYPE, message.contentType());
		Map<String, String> headers = new TreeMap<>(
				Comparator.comparing((String name) -> !FIRST.contains(name)).thenComparing(Comparator.naturalOrder()));
		message.attributes().forEach((name, value) -> {
			if (!FIRST.contains(name)) {
				(isAllowed(Map.entry(PREFIX + name, value)) ? attributes : headers).put(PREFIX + name, value);
			}
		});
		// What is said of the event itself is not to be said twice.
		message.headersBeside(PREFIX).forEach((name, value) -> {
			if (!attributes.containsKey(name)) {
				headers.put(name, value);
			}
		});
		addHeaders(attributes, headers);
		return attributes;
	}

	private static void addHeaders(Map<String, String> attributes, Map<String, String> headers) {
		int room = MAX - attributes.size();
		if (headers.size() > room || !headers.entrySet().stream().allMatch(SqsAttributes::isAllowed)) {
			room--;
		}
		Map<String, String> others = new LinkedHashMap<>();
		for (Map.Entry<String, String> header : headers.entrySet()) {
			if (room > 0 && isAllowed(header)) {
				attributes.put(header.getKey(), header.getValue());
				room--;
			}
			else {
				others.put(header.getKey(), header.getValue());
			}
		}
		if (!others.isEmpty()) {
			attributes.put(HEADERS, SqsText.ofJson(HeadersText.of(others)));
		}
	}

	private static boolean isAllowed(Map.Entry<String, String> header) {
		String name = header.getKey().toLowerCase(Locale.ROOT);
		return !name.equals(HEADERS) && NAME.matcher(name).matches() && !header.getValue().isEmpty()
				&& SqsText.isAllowed(header.getValue());
	}

}
