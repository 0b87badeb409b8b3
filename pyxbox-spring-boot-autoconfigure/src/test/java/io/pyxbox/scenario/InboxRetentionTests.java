package io.pyxbox.scenario;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;

import io.pyxbox.TransactionalInbox;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.ReceivedStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What was received is forgotten after a time, and not before.
 */
class InboxRetentionTests extends Scenario {

	private static final Duration RETENTION = Duration.ofDays(7);

	private static final OffsetDateTime BEGINNING = OffsetDateTime.parse("2000-01-01T00:00:00Z");

	private final ReceivedStore store = new ReceivedStore(new EventTable("public", "events"));

	private TransactionalInbox inbox;

	@BeforeEach
	void startApplication() {
		this.inbox = start(LedgerApplication.class).bean(TransactionalInbox.class);
	}

	@Test
	void aMessageThatComesAgainJustBeforeTheEndIsKnownAndJustAfterIsNot() throws Exception {
		receivedBefore("a second less", "6 days 23:59:59");
		receivedBefore("a second more", "7 days 00:00:01");

		assertThat(delete(this.store, BEGINNING, 100)).hasSize(1);

		assertThat(this.inbox.receive("billing", "a second less", () -> {
		})).isFalse();
		assertThat(this.inbox.receive("billing", "a second more", () -> {
		})).isTrue();
	}

	@Test
	void theOldestAreForgottenFirstAndAFewAtATime() throws Exception {
		for (int i = 0; i < 25; i++) {
			receivedBefore("m-" + i, (30 - i) + " days");
		}
		OffsetDateTime reached = BEGINNING;

		List<OffsetDateTime> first = delete(this.store, reached, 10);
		reached = first.get(first.size() - 1);
		List<OffsetDateTime> second = delete(this.store, reached, 10);
		reached = second.get(second.size() - 1);
		List<OffsetDateTime> third = delete(this.store, reached, 10);

		assertThat(List.of(first.size(), second.size(), third.size())).containsExactly(10, 10, 4);
		assertThat(first).allSatisfy((one) -> assertThat(one).isBefore(second.get(0)));
		assertThat(this.tables.count("events_inbox")).isOne();
	}

	@Test
	void nobodyIsWaitedFor() throws Exception {
		receivedBefore("locked", "8 days");
		receivedBefore("free", "8 days");

		try (Connection other = this.database.dataSource().getConnection();
				Statement statement = other.createStatement()) {
			other.setAutoCommit(false);
			statement.execute("select from events_inbox where original_id = 'locked' for update");
			assertThat(delete(this.store, BEGINNING, 10)).hasSize(1);
			other.rollback();
		}

		assertThat(delete(this.store, BEGINNING, 10)).hasSize(1);
	}

	@Test
	void twoInstancesShareTheWork() throws Exception {
		for (int i = 0; i < 20; i++) {
			receivedBefore("m-" + i, "8 days");
		}

		try (Connection one = this.database.dataSource().getConnection()) {
			one.setAutoCommit(false);
			assertThat(this.store.deleteOld(one, RETENTION, BEGINNING, 15)).hasSize(15);
			assertThat(delete(this.store, BEGINNING, 15)).hasSize(5);
			one.commit();
		}

		assertThat(this.tables.count("events_inbox")).isZero();
	}

	private List<OffsetDateTime> delete(ReceivedStore store, OffsetDateTime from, int limit) throws Exception {
		try (Connection connection = this.database.dataSource().getConnection()) {
			return store.deleteOld(connection, RETENTION, from, limit);
		}
	}

	private void receivedBefore(String id, String interval) {
		this.inbox.receive("billing", id, () -> {
		});
		this.tables.jdbc()
			.sql("update events_inbox set received_at = clock_timestamp() - ?::interval where original_id = ?")
			.params(interval, id)
			.update();
	}

}
