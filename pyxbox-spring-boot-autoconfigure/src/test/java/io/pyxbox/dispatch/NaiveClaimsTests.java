package io.pyxbox.dispatch;

import java.util.List;
import java.util.stream.Stream;

import io.pyxbox.dispatch.NaiveClaims.Flaw;
import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.store.EventTable;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Negative controls of the order and of the loss of events: each schedule finds out the
 * naive way that it is about, and nothing else; the library's own way passes all of them.
 */
@Timeout(60)
class NaiveClaimsTests {

	private static final EventTable EVENTS = new EventTable("public", "events");

	private static final TestDatabase database = TestDatabase.create();

	@BeforeAll
	static void createTables() {
		new OutboxSchema(EVENTS, SchemaMode.MIGRATE, database.dataSource(), null, new DefaultListableBeanFactory())
			.initialize();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@ParameterizedTest
	@MethodSource("schedules")
	void theLibrarysOwnWayDeliversWhatWasCommitted(Run schedule) throws Exception {
		assertThat(violations(schedule, (connection) -> new CarefulClaims(EVENTS, database.dataSource(), connection)))
			.isEmpty();
	}

	@ParameterizedTest
	@MethodSource("schedules")
	void aNaiveWayWithoutAFlawDeliversWhatWasCommitted(Run schedule) throws Exception {
		assertThat(violations(schedule, (connection) -> new NaiveClaims(Flaw.NONE, connection))).isEmpty();
	}

	@Test
	void whoLocksAndReadsInOneStatementDeliversTwice() throws Exception {
		assertThat(violations(ClaimSchedule::beginBeforeTheOtherCommits,
				(connection) -> new NaiveClaims(Flaw.LOCKS_AND_READS_IN_ONE_STATEMENT, connection)))
			.containsExactly("a: 5 events in place of 3, from the 1. on [1, 2, 1, 2, 3] in place of [1, 2, 3]");
	}

	@Test
	void whoCompletesARangeLosesALateCommit() throws Exception {
		assertThat(violations(ClaimSchedule::commitWhileItIsDelivered,
				(connection) -> new NaiveClaims(Flaw.COMPLETES_A_RANGE, connection)))
			.containsExactly("late: 0 events in place of 1, from the 1. on [] in place of [1]");
	}

	@Test
	void whoPassesWhatIsNotSettledOverlooksALateCommit() throws Exception {
		assertThat(violations(ClaimSchedule::commitAfterLaterOnesAreCompleted,
				(connection) -> new NaiveClaims(Flaw.PASSES_WHAT_IS_NOT_SETTLED, connection)))
			.containsExactly("late: 0 events in place of 1, from the 1. on [] in place of [1]");
	}

	static Stream<Run> schedules() {
		return Stream.of(ClaimSchedule::beginBeforeTheOtherCommits, ClaimSchedule::commitWhileItIsDelivered,
				ClaimSchedule::commitAfterLaterOnesAreCompleted);
	}

	private static List<String> violations(Run schedule, ClaimSchedule.Workers workers) throws Exception {
		try (ClaimSchedule begun = new ClaimSchedule(database.dataSource(), workers)) {
			return schedule.run(begun).violations();
		}
	}

	/**
	 * A schedule.
	 */
	@FunctionalInterface
	interface Run {

		ClaimSchedule run(ClaimSchedule schedule) throws Exception;

	}

}
