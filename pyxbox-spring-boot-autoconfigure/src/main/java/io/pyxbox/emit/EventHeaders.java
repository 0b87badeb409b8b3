package io.pyxbox.emit;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

import io.pyxbox.EventHeadersContributor;
import io.pyxbox.InvalidEventException;
import org.jspecify.annotations.Nullable;

/**
 * The headers of events: those of the call, and what contributors add. Thread-safe.
 */
public final class EventHeaders {

	private final Supplier<Map<String, EventHeadersContributor>> finder;

	private final long maxBytes;

	private volatile @Nullable Map<String, EventHeadersContributor> contributors;

	/**
	 * Creates an instance; nothing is looked for yet.
	 * @param contributors finds the contributors by their names, the first to count
	 * first; asked when the first event is emitted, because contributors may need beans
	 * that emit
	 * @param maxBytes how large the headers of an event may be, names and values
	 * together, in bytes of UTF-8
	 */
	public EventHeaders(Supplier<Map<String, EventHeadersContributor>> contributors, long maxBytes) {
		this.finder = contributors;
		this.maxBytes = maxBytes;
	}

	/** The headers of an event that is emitted. */
	Map<String, String> of(Object event, Map<String, String> explicit) {
		Map<String, EventHeadersContributor> asked = contributors();
		if (asked.isEmpty()) {
			return explicit.isEmpty() ? explicit : requireFitting(explicit, event);
		}
		Map<String, String> headers = new LinkedHashMap<>(explicit);
		asked.forEach((name, contributor) -> contributed(name, contributor, event).forEach(headers::putIfAbsent));
		return requireFitting(headers, event);
	}

	/** Refuses what is too large. */
	Map<String, String> requireFitting(Map<String, String> headers, Object event) {
		long bytes = 0;
		for (Map.Entry<String, String> header : headers.entrySet()) {
			bytes += utf8Length(header.getKey()) + utf8Length(header.getValue());
		}
		if (bytes > this.maxBytes) {
			throw new InvalidEventException("The headers of an event of class " + event.getClass().getName() + " ("
					+ String.join(", ", headers.keySet()) + ") are " + bytes + " bytes, more than the " + this.maxBytes
					+ " that 'pyxbox.headers.max-size' allows. Put into the event what is not about it, "
					+ "or raise the limit.");
		}
		return headers;
	}

	private static int utf8Length(String text) {
		return text.getBytes(StandardCharsets.UTF_8).length;
	}

	/** Found twice if two threads emit first at the same time, to the same effect. */
	private Map<String, EventHeadersContributor> contributors() {
		Map<String, EventHeadersContributor> found = this.contributors;
		if (found == null) {
			found = this.finder.get();
			this.contributors = found;
		}
		return found;
	}

	private static Map<String, String> contributed(String name, EventHeadersContributor contributor, Object event) {
		@Nullable Map<String, String> headers;
		try {
			headers = contributor.headersOf(event);
		}
		catch (RuntimeException ex) {
			throw new InvalidEventException("The EventHeadersContributor '" + name + "' failed for an event of class "
					+ event.getClass().getName() + ": " + ex, ex);
		}
		if (headers == null) {
			throw isNull(name, "null", event);
		}
		headers.forEach((key, value) -> {
			if (key == null || value == null) {
				throw isNull(name, "the header " + key + "=" + value, event);
			}
		});
		return headers;
	}

	private static InvalidEventException isNull(String name, String what, Object event) {
		return new InvalidEventException("The EventHeadersContributor '" + name + "' returned " + what
				+ " for an event of class " + event.getClass().getName() + ". Leave out what is not known.");
	}

}
