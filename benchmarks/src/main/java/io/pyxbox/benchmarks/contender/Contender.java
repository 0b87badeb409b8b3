package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

import io.pyxbox.benchmarks.event.Order;

/**
 * One way to get events from a transaction to a handler, running on a database of its
 * own: its tables are there, and it does not consume until it is told to.
 */
public interface Contender extends AutoCloseable {

	/**
	 * Runs a business transaction as an application that uses this contender would.
	 * @param work what the transaction does
	 */
	void inTransaction(SqlWork work);

	/**
	 * Emits events in the running transaction, in the fastest way that there is for this
	 * many.
	 * @param connection the connection of the transaction
	 * @param orders the events
	 * @throws SQLException if it fails
	 */
	void store(Connection connection, List<Order> orders) throws SQLException;

	/**
	 * Starts to hand events to the handler.
	 */
	void startConsuming();

	/**
	 * Hands no more events to the handler when this returns. Can be started again.
	 */
	void stopConsuming();

	@Override
	void close();

}
