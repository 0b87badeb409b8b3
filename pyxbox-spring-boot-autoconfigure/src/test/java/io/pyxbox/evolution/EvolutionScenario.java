package io.pyxbox.evolution;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.pyxbox.EmitOptions;
import io.pyxbox.scenario.OutboxTables;
import io.pyxbox.scenario.TestApplication;
import io.pyxbox.testdatabase.TestDatabase;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * Versions of an application side by side, or one after the other: each has the classes
 * of its time and no others, so none of them looks for any.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class EvolutionScenario {

	final TestDatabase database = TestDatabase.create();

	final OutboxTables tables = new OutboxTables(this.database);

	final Seen seen = new Seen(this.tables.jdbc());

	private final List<AutoCloseable> running = new ArrayList<>();

	@BeforeEach
	void create() {
		this.seen.create();
	}

	@AfterEach
	void end() throws Exception {
		Collections.reverse(this.running);
		for (AutoCloseable one : this.running) {
			one.close();
		}
		this.database.close();
	}

	TestApplication start(Class<?> configuration, String... properties) {
		String[] changed = new String[properties.length + 1];
		System.arraycopy(properties, 0, changed, 0, properties.length);
		changed[properties.length] = "pyxbox.event-packages=none.such";
		return endAfterwards(TestApplication.start(this.database, configuration, changed));
	}

	/** Starts an application whose workers wait to be started. */
	TestApplication prepare(Class<?> configuration, String... properties) {
		String[] changed = new String[properties.length + 1];
		System.arraycopy(properties, 0, changed, 0, properties.length);
		changed[properties.length] = "pyxbox.poller.auto-startup=false";
		return start(configuration, changed);
	}

	<T extends AutoCloseable> T endAfterwards(T one) {
		this.running.add(one);
		return one;
	}

	static EmitOptions key(String key) {
		return EmitOptions.none().withPartitionKey(key);
	}

	static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
	}

}
