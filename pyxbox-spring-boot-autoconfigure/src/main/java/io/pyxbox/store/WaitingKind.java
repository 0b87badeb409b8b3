package io.pyxbox.store;

import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A kind of events that wait.
 *
 * @param type their type
 * @param topic their topic, if any
 * @param completedBy the consumers that have completed them
 */
public record WaitingKind(String type, @Nullable String topic, Set<String> completedBy) {

	public WaitingKind {
		completedBy = Set.copyOf(completedBy);
	}

	@Override
	public String toString() {
		return this.type + ((this.topic != null) ? " of topic " + this.topic : "")
				+ (this.completedBy.isEmpty() ? "" : ", completed by " + this.completedBy);
	}

}
