package io.pyxbox.codec;

import java.util.List;

import io.pyxbox.EventUpcaster;

/**
 * How rows of a name and version become objects.
 *
 * @param type what they are today
 * @param upcasters what lifts them, one after the other; none if they are of today
 */
record Lineage(EventType type, List<EventUpcaster> upcasters) {

	Lineage {
		upcasters = List.copyOf(upcasters);
	}

}
