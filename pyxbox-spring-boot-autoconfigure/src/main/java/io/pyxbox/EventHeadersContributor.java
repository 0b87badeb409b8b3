package io.pyxbox;

import java.util.Map;

/**
 * Adds headers to events as they are emitted: what the emitting thread knows and the
 * event does not say, as a tenant, a user or a correlation id. Every bean of this type is
 * asked for every event, in the order of {@code @Order}; where two name the same header,
 * that of the first counts, and those of the call itself
 * ({@link EmitOptions#withHeader(String, String)}) count before all of them.
 * <p>
 * Called by the thread that emits, inside its transaction if there is one. It must be
 * thread-safe and quick. If it throws, the event is refused with an
 * {@link InvalidEventException} that names the bean, and nothing is stored.
 */
@FunctionalInterface
public interface EventHeadersContributor {

	/**
	 * Returns headers for an event.
	 * @param event the event that is emitted
	 * @return the headers, without {@code null}; an empty map for none
	 */
	Map<String, String> headersOf(Object event);

}
