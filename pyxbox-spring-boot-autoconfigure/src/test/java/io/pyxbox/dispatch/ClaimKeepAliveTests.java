package io.pyxbox.dispatch;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import io.pyxbox.store.EventTable;
import io.pyxbox.store.LaneStore;
import io.pyxbox.testdatabase.TestDatabase;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

@Timeout(60)
class ClaimKeepAliveTests {

	private final TestDatabase database = TestDatabase.create();

	private final JdbcClient jdbc = JdbcClient.create(this.database.dataSource());

	private final LaneStore lanes = new LaneStore(new EventTable("public", "events"));

	private final ClaimKeepAlive keepAlive = new ClaimKeepAlive(this.lanes, 2, Duration.ofMillis(500));

	private Connection connection;

	@BeforeEach
	void begin() throws SQLException {
		this.connection = claim();
	}

	@AfterEach
	void close() throws SQLException {
		this.connection.close();
		this.database.close();
	}

	@Test
	void aClaimIsGivenUpIfNothingIsHeardOfItsOwner() {
		await().until(() -> sessions() == 0);
	}

	@Test
	void aClaimIsKeptForAsLongAsTheActionTakes() throws SQLException {
		this.keepAlive.during(this.connection, this::waitForLongerThanItIsKept);

		this.connection.commit();
	}

	@Test
	void oneThatTheServerDoesNotAnswerDoesNotHoldUpTheOthers() throws Exception {
		CountDownLatch answered = new CountDownLatch(1);
		CountDownLatch asked = new CountDownLatch(1);
		try (Connection silent = this.database.dataSource().getConnection()) {
			CompletableFuture<Void> other = CompletableFuture
				.runAsync(() -> this.keepAlive.during(silentUntil(answered, asked, silent), () -> await(answered)));
			await(asked);

			this.keepAlive.during(this.connection, this::waitForLongerThanItIsKept);

			this.connection.commit();
			answered.countDown();
			other.join();
		}
	}

	@Test
	void theConnectionIsItsOwnersAgainWhenTheActionHasEnded() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch answered = new CountDownLatch(1);
		Connection silent = silentUntil(answered, asked, this.connection);
		Thread owner = new Thread(() -> this.keepAlive.during(silent, () -> await(asked)));

		owner.start();

		await().until(() -> asked.getCount() == 0 && owner.getState() == Thread.State.WAITING);
		answered.countDown();
		owner.join();
		this.connection.commit();
		assertThat(this.connection.unwrap(BaseConnection.class).getTransactionState()).isEqualTo(TransactionState.IDLE);
	}

	@Test
	void whatTheActionThrowsIsThrown() {
		IllegalStateException failure = new IllegalStateException();

		assertThat(catchThrowable(() -> this.keepAlive.during(this.connection, () -> {
			throw failure;
		}))).isSameAs(failure);
	}

	private Connection claim() throws SQLException {
		Connection claim = this.database.dataSource().getConnection();
		claim.setAutoCommit(false);
		try (Statement statement = claim.createStatement()) {
			statement.execute("SET application_name = 'claim'");
			statement.execute("SET idle_in_transaction_session_timeout = " + this.keepAlive.givenUpAfter().toMillis());
		}
		return claim;
	}

	private void waitForLongerThanItIsKept() {
		await().until(() -> this.jdbc
			.sql("select extract(epoch from max(clock_timestamp() - xact_start)) * 1000 > ? from pg_stat_activity "
					+ "where datname = current_database() and application_name = 'claim' and state like 'idle in%'")
			.param(3 * this.keepAlive.givenUpAfter().toMillis())
			.query(Boolean.class)
			.optional()
			.orElse(false));
	}

	private int sessions() {
		return this.jdbc
			.sql("select count(*) from pg_stat_activity where datname = current_database() "
					+ "and application_name = 'claim'")
			.query(Integer.class)
			.single();
	}

	/** One on which the first statement waits. */
	private static Connection silentUntil(CountDownLatch answered, CountDownLatch asked, Connection connection) {
		return (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
				new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("createStatement")) {
						asked.countDown();
						await(answered);
					}
					try {
						return method.invoke(connection, arguments);
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
				});
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
	}

}
