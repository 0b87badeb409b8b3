package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.store.EventTable;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class HousekeepingTests {

	private static final EventTable EVENTS = new EventTable("public", "events");

	private final TestDatabase database = TestDatabase.create();

	private final JdbcClient jdbc = JdbcClient.create(this.database.dataSource());

	@BeforeEach
	void createTables() {
		new OutboxSchema(EVENTS, SchemaMode.MIGRATE, this.database.dataSource(), null, new DefaultListableBeanFactory())
			.initialize();
	}

	@AfterEach
	void dropDatabase() {
		this.database.close();
	}

	@Test
	void registersItsConsumersOnce() throws SQLException {
		Housekeeping mail = housekeeping("mail");

		mail.register();
		mail.run();

		assertThat(consumers()).containsExactly("mail");
	}

	@Test
	void forgetsWhomNobodyHasDeclaredForLongAndDeletesWhatWaitedForThemOnly(CapturedOutput output) throws SQLException {
		housekeeping("stock").register();
		this.jdbc.sql("update events_consumer set last_seen_at = now() - interval '7 days'").update();
		store("{mail}");
		store(null);

		housekeeping("mail").forget();

		assertThat(consumers()).containsExactly("mail");
		assertThat(
				this.jdbc.sql("select count(*) from events where completed_by is null").query(Integer.class).single())
			.isOne();
		assertThat(this.jdbc.sql("select count(*) from events").query(Integer.class).single()).isOne();
		assertThat(output).contains("No instance has declared consumer 'stock' for [T]");
	}

	/** Where all were down for long, others may be about to come back as well. */
	@Test
	void forgetsNobodyWhenItHasJustStarted() throws SQLException {
		housekeeping("stock").register();
		this.jdbc.sql("update events_consumer set last_seen_at = now() - interval '7 days'").update();

		housekeeping("mail").run();

		assertThat(consumers()).containsExactly("mail", "stock");
	}

	@Test
	void keepsThoseThatHaveBeenDeclaredOfLate() throws SQLException {
		housekeeping("stock").register();
		this.jdbc.sql("update events_consumer set last_seen_at = now() - interval '6 days'").update();

		housekeeping("mail").forget();

		assertThat(consumers()).containsExactly("mail", "stock");
	}

	@Test
	void removesWhatFailingDeliveriesAndCrashesHaveLeftBehind() throws SQLException {
		this.jdbc.sql("""
				insert into events_retry (consumer, bucket, id, attempts, next_attempt_at, last_error)
				values ('mail', 1, 99, 1, now(), 'x')
				""").update();
		this.jdbc.sql("""
				insert into events_in_flight (consumer, bucket, owner, last_id, marked_at)
				values ('mail', 1, gen_random_uuid(), 1, now() - interval '2 days')
				""").update();

		housekeeping("mail").run();

		assertThat(this.jdbc.sql("select count(*) from events_retry").query(Integer.class).single()).isZero();
		assertThat(this.jdbc.sql("select count(*) from events_in_flight").query(Integer.class).single()).isZero();
	}

	private void store(String completedBy) {
		this.jdbc.sql("""
				insert into events (bucket, event_id, type, payload, completed_by)
				values (1, gen_random_uuid(), 'T', '{}', ?::text[])
				""").param(completedBy).update();
	}

	private List<String> consumers() {
		return this.jdbc.sql("select consumer from events_consumer order by 1").query(String.class).list();
	}

	private Housekeeping housekeeping(String consumer) {
		return new Housekeeping(EVENTS, new ClaimConnections(this.database.dataSource(), Duration.ofSeconds(30)),
				List.of(StubTarget.named(consumer)), Duration.ofDays(7));
	}

}
