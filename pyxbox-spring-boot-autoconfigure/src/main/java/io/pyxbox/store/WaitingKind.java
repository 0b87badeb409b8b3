package io.pyxbox.store;

import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A kind of events that wait.
 *
 * @param type their type
 * @param topic their topic, if any
 * @param completedBy the consumers that have completed them
 * @param version the version of their type
 */
public record WaitingKind(String type, @Nullable String topic, Set<String> completedBy, int version) {

	public WaitingKind {
		completedBy = Set.copyOf(completedBy);
	}

	/**
	 * Creates a kind of events of the first version of their type.
	 * @param type their type
	 * @param topic their topic, if any
	 * @param completedBy the consumers that have completed them
	 */
	public WaitingKind(String type, @Nullable String topic, Set<String> completedBy) {
		this(type, topic, completedBy, 1);
	}

	@Override
	public String toString() {
		return this.type + ((this.version > 1) ? " version " + this.version : "")
				+ ((this.topic != null) ? " of topic " + this.topic : "")
				+ (this.completedBy.isEmpty() ? "" : ", completed by " + this.completedBy);
	}

}
