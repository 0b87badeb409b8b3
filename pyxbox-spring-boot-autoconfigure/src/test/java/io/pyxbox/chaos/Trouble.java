package io.pyxbox.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.pyxbox.scenario.Complaints;
import io.pyxbox.scenario.OutboxTables;
import io.pyxbox.scenario.TestApplication;
import io.pyxbox.testdatabase.TestDatabase;
import io.pyxbox.testdatabase.TestDatabase.Server;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server of its own for the tests of a class, a database for each of them, and
 * applications that reach it through a network that can be disturbed.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ExtendWith(OutputCaptureExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Trouble {

	/** In which everything has to work again, on a busy machine too. */
	static final Duration SOON = Duration.ofSeconds(20);

	private static final String TROUBLE = "Events cannot be delivered at the moment";

	private final List<AutoCloseable> running = new ArrayList<>();

	@TempDir
	private Path directory;

	Server server;

	TestDatabase database;

	OutboxTables tables;

	Books books;

	FaultyProxy network;

	ExecutorService threads;

	@BeforeAll
	void startServer() {
		this.server = Server.start(Connections.durableServer());
	}

	@AfterAll
	void stopServer() {
		this.server.close();
	}

	@BeforeEach
	void begin() {
		this.database = this.server.createDatabase();
		this.tables = new OutboxTables(this.database);
		this.books = new Books(this.database.dataSource(), this.directory);
		this.books.create();
		this.network = endAfterwards(FaultyProxy.to(this.database));
		this.threads = Executors.newCachedThreadPool();
	}

	@AfterEach
	void end() throws Exception {
		Collections.reverse(this.running);
		for (AutoCloseable one : this.running) {
			one.close();
		}
		this.running.clear();
		this.threads.shutdownNow();
		this.database.close();
	}

	<T extends AutoCloseable> T endAfterwards(T one) {
		this.running.add(one);
		return one;
	}

	/** Starts an application that emits and delivers, through the network. */
	TestApplication start(int eventsPerSecond, String... properties) {
		return start(ChaosApplication.class, eventsPerSecond, properties);
	}

	/** Starts an application of the test's own, through the network. */
	TestApplication start(Class<?> configuration, int eventsPerSecond, String... properties) {
		return start(configuration, this.network.through(this.database.jdbcUrl()), eventsPerSecond, properties);
	}

	/** Starts an application of the test's own that reaches the server directly. */
	TestApplication startPastTheNetwork(Class<?> configuration, int eventsPerSecond, String... properties) {
		return start(configuration, this.database.jdbcUrl(), eventsPerSecond, properties);
	}

	/** Starts one whose workers wait for {@link TestApplication#start()}. */
	TestApplication prepare(String... properties) {
		List<String> all = new ArrayList<>(Arrays.asList(properties));
		all.add("pyxbox.poller.auto-startup=false");
		return start(0, all.toArray(String[]::new));
	}

	/** Commits some transactions past the network, without delivering anything. */
	void emit(int transactions) {
		try (TestApplication application = startPastTheNetwork(ChaosApplication.class, 0,
				"pyxbox.poller.auto-startup=false")) {
			Bookkeeper bookkeeper = application.bean(Bookkeeper.class);
			for (int i = 0; i < transactions; i++) {
				bookkeeper.book();
			}
		}
	}

	private TestApplication start(Class<?> configuration, String url, int eventsPerSecond, String... properties) {
		List<String> all = new ArrayList<>();
		all.addAll(Arrays.asList(Connections.properties(url)));
		all.addAll(Arrays.asList(ChaosApplication.properties(1, this.books.outsideFile(1), eventsPerSecond)));
		all.add("logging.level.io.pyxbox=info");
		all.add("logging.level.com.zaxxer.hikari=off");
		all.add("logging.level.org.springframework=off");
		all.addAll(Arrays.asList(properties));
		return endAfterwards(TestApplication.start(this.database, configuration, all.toArray(String[]::new)));
	}

	static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50)).ignoreExceptions();
	}

	/** Waits until something new has been delivered to each consumer. */
	void awaitDelivery(Duration atMost) {
		long position = this.books.lastPosition();
		await().atMost(atMost).until(() -> this.books.lastPosition() > position);
	}

	static void awaitWarning(CapturedOutput output) {
		await().until(() -> output.getAll().contains(TROUBLE));
	}

	/** One line says what is wrong, and no other complains. */
	static void assertWarnedOnce(CapturedOutput output) {
		assertThat(complaints(output)).singleElement().asString().contains(TROUBLE);
	}

	/** For trouble that may go unnoticed. */
	static void assertWarnedAtMostOnce(CapturedOutput output) {
		assertThat(complaints(output)).hasSizeLessThanOrEqualTo(1).allSatisfy((line) -> line.contains(TROUBLE));
	}

	private static List<String> complaints(CapturedOutput output) {
		return Complaints.in(output).stream().filter((line) -> !line.contains(" gave up on ")).toList();
	}

	/** Whatever is said when trouble is over, is said once. */
	static void assertRelievedAtMostOnce(CapturedOutput output) {
		assertThat(output.getAll().lines().filter((line) -> line.contains("Events can be delivered again")))
			.hasSizeLessThanOrEqualTo(1);
	}

	/** Ends the emitting, waits until everything is delivered, and balances the books. */
	Balance assertBalanced() {
		this.books.setOpen(false);
		await().until(this.books::isDrained);
		Balance balance = this.books.balance();
		assertThat(balance.faults()).isEmpty();
		assertThat(balance.events()).isPositive();
		return balance;
	}

}
