package io.pyxbox.dispatch;

import java.util.ArrayList;
import java.util.List;
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
		return of(failure).stream().anyMatch(condition);
	}

	/** The exception itself, what caused it, and so on. */
	static List<Throwable> of(Throwable failure) {
		List<Throwable> causes = new ArrayList<>();
		Throwable cause = failure;
		for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
			causes.add(cause);
			cause = cause.getCause();
		}
		return causes;
	}

}
