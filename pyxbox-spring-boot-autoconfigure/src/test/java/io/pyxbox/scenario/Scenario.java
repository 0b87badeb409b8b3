package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.pyxbox.testdatabase.TestDatabase;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A database for each test, and what runs on it: all of it is ended after the test.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class Scenario {

	private static final List<String> KEYS_OF_ONE_BUCKET = new ArrayList<>();

	final TestDatabase database;

	final OutboxTables tables;

	final Ledger ledger;

	final ExecutorService threads = Executors.newCachedThreadPool();

	private final List<AutoCloseable> running = new ArrayList<>();

	Scenario() {
		this(TestDatabase.create());
	}

	Scenario(TestDatabase database) {
		this.database = database;
		this.tables = new OutboxTables(database);
		this.ledger = new Ledger(JdbcClient.create(database.dataSource()));
	}

	@AfterEach
	void end() throws Exception {
		Collections.reverse(this.running);
		for (AutoCloseable one : this.running) {
			one.close();
		}
		this.threads.shutdownNow();
		this.database.close();
	}

	TestApplication start(Class<?> configuration, String... properties) {
		return endAfterwards(TestApplication.start(this.database, configuration, properties));
	}

	/**
	 * Starts an application whose workers wait for {@link TestApplication#start()}.
	 */
	TestApplication prepare(Class<?> configuration, String... properties) {
		String[] changed = new String[properties.length + 1];
		System.arraycopy(properties, 0, changed, 0, properties.length);
		changed[properties.length] = "pyxbox.poller.auto-startup=false";
		return start(configuration, changed);
	}

	ChildJvm startChild(Class<?> configuration, String... properties) throws Exception {
		return endAfterwards(ChildJvm.start(configuration, TestApplication.arguments(this.database, properties)));
	}

	ChildJvm startChild(Map<String, String> environment, Class<?> configuration, String... properties)
			throws Exception {
		return endAfterwards(
				ChildJvm.start(environment, configuration, TestApplication.arguments(this.database, properties)));
	}

	<T extends AutoCloseable> T endAfterwards(T one) {
		this.running.add(one);
		return one;
	}

	/**
	 * Finds keys that share a bucket, by looking where their events go. Which bucket a
	 * key has never changes, so it is enough to look once.
	 */
	List<String> keysOfOneBucket(TestApplication application, int count) {
		synchronized (KEYS_OF_ONE_BUCKET) {
			if (KEYS_OF_ONE_BUCKET.isEmpty()) {
				application.outbox()
					.emitAll(IntStream.range(0, 6000).mapToObj((i) -> new Counted("key-" + i, 0)).toList());
				KEYS_OF_ONE_BUCKET.addAll(this.tables.jdbc().sql("""
						select partition_key from events
						where bucket = (select bucket from events group by bucket order by count(*) desc limit 1)
						order by id
						""").query(String.class).list());
				this.tables.execute("truncate events");
			}
			assertThat(KEYS_OF_ONE_BUCKET).hasSizeGreaterThanOrEqualTo(count);
			return KEYS_OF_ONE_BUCKET.subList(0, count);
		}
	}

	static <T> T result(Future<T> future) {
		try {
			return future.get(60, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	static List<Counted> counted(String key, int from, int to) {
		return IntStream.rangeClosed(from, to).mapToObj((number) -> new Counted(key, number)).toList();
	}

	static List<Integer> range(int from, int to) {
		return IntStream.rangeClosed(from, to).boxed().toList();
	}

	static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
	}

}
