package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Writers that exclude each other by the row of the aggregate they change, commit, roll
 * back, roll back to savepoints, or commit late. Each change has a row of its own, so the
 * business itself says which events there must be, and in what order.
 */
final class RandomWriters {

	static final int KEYS = 12;

	private static final int WRITERS = 4;

	private static final int LATE_BY = 25;

	private final Applications applications;

	private final Semaphore asked = new Semaphore(0);

	private final Semaphore answered = new Semaphore(0);

	private final Ended ended = new Ended();

	private final List<Future<?>> writers;

	private volatile boolean ending;

	RandomWriters(long seed, Applications applications, ExecutorService threads) {
		this.applications = applications;
		this.writers = IntStream.range(0, WRITERS)
			.<Future<?>>mapToObj((writer) -> threads.submit(() -> write(new Random(seed + writer))))
			.toList();
	}

	static void createTables(OutboxTables tables) {
		tables.execute("create table aggregate (key text primary key, version int not null default 0)");
		tables.execute("create table written (key text, number int, primary key (key, number))");
		for (int key = 0; key < KEYS; key++) {
			tables.execute("insert into aggregate (key) values ('key-%02d')".formatted(key));
		}
	}

	/**
	 * Returns what was committed, the events of each key in the order of their commits:
	 * whoever increased the version had to wait for the commit of the one before.
	 */
	static List<Counted> committed(OutboxTables tables) {
		return tables.jdbc().sql("select key, number from written order by number").query(Counted.class).list();
	}

	/** Has the writers try so many transactions more. */
	void ask(int transactions) {
		this.asked.release(transactions);
	}

	/** Waits until so many transactions more have ended, one way or the other. */
	void await(int transactions) throws InterruptedException {
		assertThat(this.answered.tryAcquire(transactions, 60, TimeUnit.SECONDS)).as("the writers go on").isTrue();
	}

	/** Ends when no writer has anything left to do. */
	void end() throws Exception {
		this.ending = true;
		this.asked.release(WRITERS);
		for (Future<?> writer : this.writers) {
			writer.get(30, TimeUnit.SECONDS);
		}
	}

	private Void write(Random random) throws InterruptedException {
		while (true) {
			this.asked.acquire();
			if (this.ending) {
				return null;
			}
			TestApplication application = this.applications.any(random);
			try {
				application.inTransaction((status) -> {
					change(application, random);
					switch (random.nextInt(30)) {
						case 0, 1, 2 -> status.setRollbackOnly();
						case 3, 4, 5 -> throw new Mishap("the writer rolls back");
						case 6 -> commitLate();
						default -> {
						}
					}
				});
			}
			catch (Mishap ex) {
				// Rolled back, as it should be.
			}
			catch (RuntimeException ex) {
				// Whether it has committed is in the tables.
				this.applications.mayFail(application, ex);
			}
			this.ended.one();
			this.answered.release();
		}
	}

	/**
	 * In the order of the keys, so that writers cannot wait for each other in a circle.
	 */
	private static void change(TestApplication application, Random random) {
		List<String> keys = new ArrayList<>(
				random.ints(1 + random.nextInt(3), 0, KEYS).sorted().mapToObj("key-%02d"::formatted).toList());
		for (String key : keys) {
			boolean nested = random.nextInt(3) == 0;
			boolean rollback = random.nextBoolean();
			if (nested) {
				application.transaction(TransactionDefinition.PROPAGATION_NESTED).executeWithoutResult((status) -> {
					change(application, key, random);
					if (rollback) {
						status.setRollbackOnly();
					}
				});
			}
			else {
				change(application, key, random);
			}
		}
	}

	private static void change(TestApplication application, String key, Random random) {
		JdbcClient jdbc = application.jdbc();
		for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
			int version = jdbc.sql("update aggregate set version = version + 1 where key = ? returning version")
				.param(key)
				.query(Integer.class)
				.single();
			jdbc.sql("insert into written values (?, ?)").params(key, version).update();
			application.outbox().emit(new Counted(key, version));
		}
	}

	/**
	 * Lets others commit later ids first, where its own are drawn and not yet visible.
	 */
	private void commitLate() {
		int until = this.ended.count() + LATE_BY;
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void beforeCompletion() {
				try {
					// They may all wait for our keys.
					RandomWriters.this.ended.await(until, 150);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}

		});
	}

	/**
	 * How many transactions have ended.
	 */
	private static final class Ended {

		private int count;

		synchronized int count() {
			return this.count;
		}

		synchronized void one() {
			this.count++;
			notifyAll();
		}

		synchronized void await(int count, long millis) throws InterruptedException {
			long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
			for (long left = millis; this.count < count
					&& left > 0; left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) {
				wait(left);
			}
		}

	}

	/**
	 * Where the writers write.
	 */
	interface Applications {

		TestApplication any(Random random);

		/** Throws what should not have happened. */
		void mayFail(TestApplication application, RuntimeException failure);

	}

}
