package io.pyxbox.evolution;

import io.pyxbox.OutboxEvent;

/**
 * Event classes that cannot be used together: not in a package where tests look for
 * events.
 */
public final class Renewals {

	private Renewals() {
	}

	@OutboxEvent(type = "renewed", version = 2, aliases = "renewal")
	public record Renewed() {
	}

	@OutboxEvent(type = "renewal")
	public record Namesake() {
	}

}
