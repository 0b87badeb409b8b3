package io.pyxbox.dispatch;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Sees to it that those who failed together do not try again together, and that instances
 * do not keep step.
 */
final class Jitter {

	private Jitter() {
	}

	/** A pause, and up to half of it on top. */
	static long onTopOf(long millis) {
		return millis + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
	}

	/** A pause, and up to an eighth of it on top. */
	static long aLittleOnTopOf(long millis) {
		return millis + ThreadLocalRandom.current().nextLong(millis / 8 + 1);
	}

}
