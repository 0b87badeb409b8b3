package io.pyxbox.standalone;

import javax.sql.DataSource;

import io.pyxbox.InboxAction;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.inbox.InboxLifecycle;

import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * Outbox and inbox for a program that has a {@code DataSource} and no Spring Boot. It has
 * no listeners: it emits, pulls and receives. Close it at the end; when the JVM is asked
 * to end, it closes itself, so that {@link TransactionalInbox#consume} comes to an
 * orderly end. Thread-safe.
 */
public final class Pyxbox implements AutoCloseable {

	private final DataSource dataSource;

	private final PlatformTransactionManager transactionManager;

	private final TransactionalOutbox outbox;

	private final TransactionalInbox inbox;

	private final InboxLifecycle lifecycle;

	private final Thread atTheEnd = new Thread(this::stop, "pyxbox-stop");

	Pyxbox(DataSource dataSource, PlatformTransactionManager transactionManager, TransactionalOutbox outbox,
			TransactionalInbox inbox, InboxLifecycle lifecycle) {
		this.dataSource = new TransactionAwareDataSourceProxy(dataSource);
		this.transactionManager = transactionManager;
		this.outbox = outbox;
		this.inbox = inbox;
		this.lifecycle = lifecycle;
	}

	/** Not in the constructor: nobody else must see it before it is complete. */
	Pyxbox start() {
		this.lifecycle.start();
		Runtime.getRuntime().addShutdownHook(this.atTheEnd);
		return this;
	}

	/**
	 * Begins to describe one.
	 * @param dataSource the connections to the database, pooled or not
	 * @return a builder with default settings
	 */
	public static PyxboxBuilder builder(DataSource dataSource) {
		return new PyxboxBuilder(dataSource);
	}

	/**
	 * Returns the outbox.
	 * @return the outbox, which joins the transactions of {@link #inTransaction}
	 */
	public TransactionalOutbox outbox() {
		return this.outbox;
	}

	/**
	 * Returns the inbox.
	 * @return the inbox
	 */
	public TransactionalInbox inbox() {
		return this.inbox;
	}

	/**
	 * Returns the {@code DataSource} for what is to be part of a transaction, in handlers
	 * and in {@link #inTransaction}. Its connections are that of the calling thread's
	 * transaction; closing them leaves it open. (Spring's {@code JdbcClient} does that by
	 * itself, with any {@code DataSource}.)
	 * @return a view of the {@code DataSource} that this was built with
	 */
	public DataSource dataSource() {
		return this.dataSource;
	}

	/**
	 * Returns what begins the transactions.
	 * @return a transaction manager
	 */
	public PlatformTransactionManager transactionManager() {
		return this.transactionManager;
	}

	/**
	 * Runs an action in a transaction, which commits if the action returns and rolls back
	 * if it throws. Joins the one of the calling thread, if there is one.
	 * @param <X> what the action may throw
	 * @param action the action
	 * @throws X as the action does
	 */
	public <X extends Exception> void inTransaction(InboxAction<X> action) throws X {
		TransactionStatus status = this.transactionManager.getTransaction(new DefaultTransactionDefinition());
		try {
			action.run();
		}
		catch (Throwable ex) {
			try {
				this.transactionManager.rollback(status);
			}
			catch (RuntimeException suppressed) {
				ex.addSuppressed(suppressed);
			}
			throw ex;
		}
		this.transactionManager.commit(status);
	}

	private void stop() {
		this.lifecycle.stop();
	}

	/**
	 * Ends what pulls in a loop, once it has finished what it is about. The
	 * {@code DataSource} stays open.
	 */
	@Override
	public void close() {
		try {
			Runtime.getRuntime().removeShutdownHook(this.atTheEnd);
		}
		catch (IllegalStateException ex) {
			// The JVM is about to end, and the hook under way.
		}
		stop();
	}

}
