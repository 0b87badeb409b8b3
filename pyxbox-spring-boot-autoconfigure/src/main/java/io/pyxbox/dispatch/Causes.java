package io.pyxbox.dispatch;

import java.util.function.Predicate;

/**
 * Looks through an exception and what caused it.
 */
final class Causes {

	/** Chains of causes may be circular. */
	private static final int MAX_DEPTH = 20;

	private Causes() {
	}

	static boolean any(Throwable failure, Predicate<Throwable> condition) {
		Throwable cause = failure;
		for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
			if (condition.test(cause)) {
				return true;
			}
			cause = cause.getCause();
		}
		return false;
	}

}
