package io.pyxbox.publish.rabbit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Says what of a batch may be sent next: of each key the next one only when an earlier
 * one has arrived, because nothing that is on its way can be called back.
 */
final class SendOrder {

	private final Deque<Sending> ready = new ArrayDeque<>();

	private final Map<String, Deque<Sending>> waiting = new HashMap<>();

	private final Set<String> held = new HashSet<>();

	SendOrder(List<Sending> sendings, int inFlightPerKey) {
		Map<String, Integer> begun = new HashMap<>();
		for (Sending sending : sendings) {
			String key = sending.key();
			if (key == null || begun.merge(key, 1, Integer::sum) <= inFlightPerKey) {
				this.ready.add(sending);
			}
			else {
				this.waiting.computeIfAbsent(key, (absent) -> new ArrayDeque<>()).add(sending);
			}
		}
	}

	/** The next one, or {@code null} if there is none as long as nothing arrives. */
	@Nullable Sending next() {
		Sending next = this.ready.poll();
		while (next != null && isHeld(next)) {
			next = this.ready.poll();
		}
		return next;
	}

	/** Whether an earlier one of its key has not arrived. */
	boolean isHeld(Sending sending) {
		return sending.key() != null && this.held.contains(sending.key());
	}

	/** An event has arrived, so another one of its key may be sent. */
	void goOnAfter(Sending sending) {
		Deque<Sending> others = (sending.key() != null) ? this.waiting.get(sending.key()) : null;
		Sending next = (others != null) ? others.poll() : null;
		if (next != null) {
			this.ready.add(next);
		}
	}

	/** An event has not arrived, so nothing of its key is to be sent any more. */
	void stopAfter(Sending sending) {
		if (sending.key() != null) {
			this.held.add(sending.key());
		}
	}

}
