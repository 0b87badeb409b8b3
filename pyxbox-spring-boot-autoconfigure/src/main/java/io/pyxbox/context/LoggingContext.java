package io.pyxbox.context;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.EventHeadersContributor;
import io.pyxbox.dispatch.DecodedEvent;
import io.pyxbox.listener.DeliveryScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Takes keys of the logging context (SLF4J's MDC) along as headers of the same names, and
 * has them back in the logging context while a listener is called, as far as all events
 * that it is called for have them in common. Thread-safe.
 */
public final class LoggingContext implements EventHeadersContributor, DeliveryScope {

	private final List<String> keys;

	/**
	 * Creates an instance.
	 * @param keys the keys to take along
	 */
	public LoggingContext(List<String> keys) {
		this.keys = List.copyOf(keys);
	}

	@Override
	public Map<String, String> headersOf(Object event) {
		Map<String, String> headers = new HashMap<>();
		for (String key : this.keys) {
			String value = MDC.get(key);
			if (value != null) {
				headers.put(key, value);
			}
		}
		return headers;
	}

	/** In what the events of a chunk differ, its listener finds in their headers. */
	@Override
	public void around(List<DecodedEvent> events, Call call) throws Exception {
		Map<String, @Nullable String> before = new HashMap<>();
		try {
			for (String key : this.keys) {
				before.put(key, MDC.get(key));
				set(key, inCommon(events, key));
			}
			call.run();
		}
		finally {
			before.forEach(LoggingContext::set);
		}
	}

	private static @Nullable String inCommon(List<DecodedEvent> events, String key) {
		Set<@Nullable String> values = new HashSet<>();
		events.forEach((event) -> values.add(event.metadata().headers().get(key)));
		return (values.size() == 1) ? values.iterator().next() : null;
	}

	private static void set(String key, @Nullable String value) {
		if (value != null) {
			MDC.put(key, value);
		}
		else {
			MDC.remove(key);
		}
	}

}
