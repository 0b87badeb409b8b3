package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import com.gruelbox.transactionoutbox.DefaultInvocationSerializer;
import com.gruelbox.transactionoutbox.DefaultPersistor;
import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Instantiator;
import com.gruelbox.transactionoutbox.Submitter;
import com.gruelbox.transactionoutbox.ThreadLocalContextTransactionManager;
import com.gruelbox.transactionoutbox.TransactionManager;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import com.zaxxer.hikari.HikariDataSource;
import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Order;
import org.jspecify.annotations.Nullable;

/**
 * transaction-outbox (gruelbox), without Spring. The emitting JVM hands an event over
 * after its commit; a flush per second takes what has been left behind.
 */
final class Gruelbox implements Contender {

	private static final int THREADS = 16;

	private static final Duration PAST = Duration.ofMinutes(2);

	private final HikariDataSource dataSource = new HikariDataSource();

	private final ThreadPoolExecutor executor = new ThreadPoolExecutor(THREADS, THREADS, 0, TimeUnit.SECONDS,
			new ArrayBlockingQueue<>(10_000), (task, pool) -> Gruelbox.await(() -> pool.getQueue().put(task)));

	private final ThreadLocalContextTransactionManager transactions;

	private final TransactionOutbox outbox;

	/**
	 * What it stores is left to the next flush and is due at once. A due time must be in
	 * the future, so this one lives in the past.
	 */
	private final TransactionOutbox leavingBehind;

	private @Nullable Workers flush;

	private Gruelbox(Target target, Handler handler) {
		this.dataSource.setJdbcUrl(target.jdbcUrl());
		this.dataSource.setUsername(target.username());
		this.dataSource.setPassword(target.password());
		this.dataSource.setMaximumPoolSize(22);
		this.transactions = TransactionManager.fromDataSource(this.dataSource);
		OrderPlaced handling = (order) -> handler.handle(order, this::insert);
		Instantiator instantiator = Instantiator.using((type) -> handling);
		this.outbox = builder(instantiator).submitter(Submitter.withExecutor(this.executor)).build();
		this.leavingBehind = builder(instantiator).submitter((entry, process) -> {
		})
			.attemptFrequency(PAST.dividedBy(2))
			.clockProvider(() -> Clock.offset(Clock.systemUTC(), PAST.negated()))
			.build();
	}

	static Contender tuned(Target target, Handler handler) {
		return new Gruelbox(target, handler);
	}

	private TransactionOutbox.TransactionOutboxBuilder builder(Instantiator instantiator) {
		return TransactionOutbox.builder()
			.transactionManager(this.transactions)
			.instantiator(instantiator)
			.flushBatchSize(2_000)
			.persistor(DefaultPersistor.builder()
				.dialect(Dialect.POSTGRESQL_9)
				.serializer(DefaultInvocationSerializer.builder().serializableTypes(Set.of(Order.class)).build())
				.build());
	}

	private void insert(int number) {
		this.transactions.requireTransaction((transaction) -> {
			try (PreparedStatement insert = transaction.connection().prepareStatement(Handler.INSERT)) {
				HandWritten.insert(insert, number);
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	@Override
	public void inTransaction(SqlWork work) {
		this.transactions.inTransaction((transaction) -> {
			try {
				work.run(transaction.connection());
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	@Override
	public void store(Connection connection, List<Order> orders) {
		TransactionOutbox current = (this.flush != null) ? this.outbox : this.leavingBehind;
		orders.forEach((order) -> current.schedule(OrderPlaced.class).handle(order));
	}

	@Override
	public void startConsuming() {
		this.flush = Workers.start(1, (workers) -> {
			while (!workers.stopping()) {
				if (!this.outbox.flush()) {
					Thread.sleep(1_000);
				}
			}
		});
	}

	@Override
	public void stopConsuming() {
		if (this.flush != null) {
			this.executor.getQueue().clear();
			this.flush.stop();
			this.flush = null;
			this.executor.getQueue().clear();
			await(() -> {
				while (this.executor.getActiveCount() > 0) {
					Thread.sleep(1);
				}
			});
		}
	}

	private static void await(Waiting waiting) {
		try {
			waiting.run();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
		this.dataSource.close();
	}

	/** Something that can be interrupted. */
	private interface Waiting {

		void run() throws InterruptedException;

	}

	/** What is called for an event. */
	public interface OrderPlaced {

		/**
		 * Handles an event.
		 * @param order the event
		 */
		void handle(Order order);

	}

}
