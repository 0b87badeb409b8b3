package io.pyxbox.scenario;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.Future;

import io.pyxbox.InboxView;
import io.pyxbox.TransactionalInbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Transactions that complete the same events for different consumers do not lock each
 * other out, in whatever order they have pulled them.
 */
class PullLockOrderTests extends Scenario {

	private TestApplication application;

	private InboxView<Object> billing;

	private InboxView<Object> shipping;

	@BeforeEach
	void startApplication() {
		this.application = start(App.class);
		TransactionalInbox inbox = this.application.bean(TransactionalInbox.class);
		this.billing = inbox.forConsumer("billing").register();
		this.shipping = inbox.forConsumer("shipping").register();
	}

	@Test
	void eventsThatWerePulledOneByOneAreCompletedInTheOrderOfAllOthers() throws Exception {
		emitOneForALowBucketAfterOneForAHighBucket();

		Future<?> first;
		Future<?> second;
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("select from events order by bucket limit 1 for update");
			first = this.threads.submit(() -> this.shipping.take(2, (events) -> assertThat(events).hasSize(2)));
			await().until(() -> waiting() == 1);
			second = this.threads.submit(() -> this.application.inTransaction(() -> {
				assertThat(this.billing.next()).isPresent();
				assertThat(this.billing.next()).isPresent();
			}));
			await().until(() -> waiting() == 2);
			connection.commit();
		}

		result(first);
		result(second);
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void thatGoesForSeveralConsumersInOneTransactionToo() throws Exception {
		List<String> keys = keysOfOneBucket(this.application, 2);
		InboxView<Object> audit = this.application.bean(TransactionalInbox.class).forConsumer("audit").register();
		this.application.outbox().emit(new Counted(keys.get(0), 1));
		this.application.outbox().emit(new Counted(keys.get(1), 2));
		this.tables.execute("update events set completed_by = '{billing}' where payload->>'number' = '1'");
		this.tables.execute("update events set completed_by = '{shipping}' where payload->>'number' = '2'");

		Future<?> first;
		Future<?> second;
		try (Connection connection = this.database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("select from events where payload->>'number' = '1' for update");
			first = this.threads.submit(() -> audit.take(2, (events) -> assertThat(events).hasSize(2)));
			await().until(() -> waiting() == 1);
			second = this.threads.submit(() -> this.application.inTransaction(() -> {
				assertThat(this.billing.next()).isPresent();
				assertThat(this.shipping.next()).isPresent();
			}));
			await().until(() -> waiting() == 2);
			connection.commit();
		}

		result(first);
		result(second);
		assertThat(this.tables.events()).isZero();
	}

	private void emitOneForALowBucketAfterOneForAHighBucket() {
		range(1, 30).forEach((number) -> this.application.outbox().emit(new Counted("key-" + number, number)));
		this.tables.execute("""
				delete from events where id not in (
				  select unnest(array[high.id, low.id]) from events high
				  join events low on low.id > high.id and low.bucket < high.bucket
				  order by high.id, low.id limit 2)
				""");
		assertThat(this.tables.events()).isEqualTo(2);
	}

	private int waiting() {
		return this.tables.jdbc()
			.sql("select count(distinct pid) from pg_locks where not granted "
					+ "and pid in (select pid from pg_stat_activity where datname = current_database())")
			.query(Integer.class)
			.single();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
