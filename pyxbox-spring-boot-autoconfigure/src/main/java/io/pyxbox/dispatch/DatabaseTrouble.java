package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Tells a database that cannot work at the moment from an event that cannot be delivered:
 * the first costs no attempt.
 */
final class DatabaseTrouble {

	/**
	 * Connection lost, resources exhausted, operator intervention, system error: see
	 * PostgreSQL's documentation, "Error Codes".
	 */
	private static final Set<String> CLASSES = Set.of("08", "53", "57", "58");

	/** Statement cancelled, by a time-out or a person: that is about the statement. */
	private static final String QUERY_CANCELED = "57014";

	private static final String READ_ONLY = "25006";

	/**
	 * Statement cancelled, lock not available, deadlock, serialization failure: for
	 * statements of ours nobody is to blame.
	 */
	private static final Set<String> PASSING = Set.of(QUERY_CANCELED, "55P03", "40P01", "40001");

	private DatabaseTrouble() {
	}

	static boolean isCauseOf(Throwable failure) {
		return hasState(failure, DatabaseTrouble::isTrouble);
	}

	/** Whether a statement of ours may succeed another time, with nothing changed. */
	static boolean isPassing(Throwable failure) {
		return hasState(failure, PASSING::contains);
	}

	private static boolean hasState(Throwable failure, Predicate<String> condition) {
		return Causes.any(failure, (cause) -> cause instanceof SQLException ex && ex.getSQLState() != null
				&& condition.test(ex.getSQLState()));
	}

	private static boolean isTrouble(String state) {
		return state.length() == 5 && !QUERY_CANCELED.equals(state)
				&& (CLASSES.contains(state.substring(0, 2)) || READ_ONLY.equals(state));
	}

}
