package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 1 where transactions fail because of each other and are tried again: the events
 * are those of the attempt that committed.
 */
class EmitWithRetriesTests extends EmitScenario {

	private static final int WRITERS = 4;

	private static final int PER_WRITER = 25;

	EmitWithRetriesTests() {
		// The driver sets isolation levels for the session, which is another one in the
		// next transaction behind a pooler.
		super(TestDatabase.server().withoutPooler().createDatabase(), App.class, "pyxbox.poller.auto-startup=false");
	}

	@BeforeEach
	void createCounters() {
		this.tables.execute("create table if not exists counter (name text primary key, value int)");
		this.tables.execute("truncate counter");
		this.tables.execute("insert into counter values ('a', 0), ('b', 0)");
	}

	@ParameterizedTest
	@ValueSource(
			ints = { TransactionDefinition.ISOLATION_REPEATABLE_READ, TransactionDefinition.ISOLATION_SERIALIZABLE })
	void whatIsTriedAgainHasItsEventsOnce(int isolation) throws Exception {
		Retries retries = new Retries();
		CyclicBarrier allHaveRead = new CyclicBarrier(WRITERS);
		Callable<Void> writer = () -> {
			for (int i = 0; i < PER_WRITER; i++) {
				boolean first = i == 0;
				int[] attempts = { 0 };
				retries.run(() -> in(isolation, () -> {
					int value = value("a");
					if (first && attempts[0]++ == 0) {
						await(allHaveRead);
					}
					this.shop.order(String.valueOf(value + 1));
					set("a", value + 1);
				}));
			}
			return null;
		};

		ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
		for (var done : threads.invokeAll(Collections.nCopies(WRITERS, writer))) {
			done.get();
		}
		threads.shutdown();

		// Of those who had read the same value only one could write it.
		assertThat(retries.failures()).hasValueGreaterThanOrEqualTo(WRITERS - 1);
		assertOrdersAndEvents(
				IntStream.rangeClosed(1, WRITERS * PER_WRITER).mapToObj(String::valueOf).toArray(String[]::new));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whatFailsAsItsEventsAreWrittenOrAsItCommitsLeavesNone(boolean asItCommits) {
		List<String> attempts = new ArrayList<>();
		Runnable other = () -> in(TransactionDefinition.ISOLATION_SERIALIZABLE, () -> {
			this.shop.order("other saw " + (value("a") + value("b")));
			set("b", 20);
		});

		new Retries().run(() -> in(TransactionDefinition.ISOLATION_SERIALIZABLE, () -> {
			this.shop.order("saw " + (value("a") + value("b")));
			set("a", 10);
			attempts.add("one");
			if (attempts.size() == 1) {
				// Neither sees what the other one writes, so they have no serial order.
				run(other, asItCommits);
			}
		}));

		assertThat(attempts).hasSize(2);
		assertOrdersAndEvents("other saw 0", "saw 20");
	}

	private static void run(Runnable other, boolean afterTheEventsAreWritten) {
		if (!afterTheEventsAreWritten) {
			other.run();
			return;
		}
		TransactionSynchronizationManager.registerSynchronization(new Hook(0) {

			@Override
			public void beforeCompletion() {
				other.run();
			}

		});
	}

	private void in(int isolation, Runnable work) {
		TransactionTemplate template = this.application.transaction(REQUIRES_NEW);
		template.setIsolationLevel(isolation);
		template.executeWithoutResult((status) -> work.run());
	}

	private int value(String name) {
		return this.application.jdbc()
			.sql("select value from counter where name = ?")
			.param(name)
			.query(Integer.class)
			.single();
	}

	private void set(String name, int value) {
		this.application.jdbc()
			.sql("insert into counter values (?, ?) on conflict (name) do update set value = excluded.value")
			.params(name, value)
			.update();
	}

	private static void await(CyclicBarrier barrier) {
		try {
			barrier.await(20, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
