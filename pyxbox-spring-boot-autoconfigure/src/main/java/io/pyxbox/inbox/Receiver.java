package io.pyxbox.inbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

import io.pyxbox.ConsumerId;
import io.pyxbox.InboxAction;
import io.pyxbox.InboxHandler;
import io.pyxbox.MessageId;
import io.pyxbox.MessageIdentity;
import io.pyxbox.MessagePosition;
import io.pyxbox.PyxboxException;
import io.pyxbox.emit.Participation;
import io.pyxbox.store.ReceivedStore;
import io.pyxbox.transaction.OutboxTransactions;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * Does what messages from elsewhere lead to, once each: the record of a message is
 * written in the same transaction. Thread-safe.
 *
 * @param manager begins transactions, or joins them
 * @param ambient knows them
 * @param store remembers messages
 * @param lifecycle is told that there is something to forget
 */
record Receiver(Supplier<PlatformTransactionManager> manager, OutboxTransactions ambient, ReceivedStore store,
		Runnable lifecycle) {

	<X extends Exception> boolean receive(ConsumerId consumer, MessageIdentity message, InboxAction<X> action)
			throws X {
		return inTransaction(() -> {
			boolean unknown = record((connection) -> isUnknown(connection, consumer, message));
			if (unknown) {
				action.run();
			}
			return unknown;
		});
	}

	private boolean isUnknown(Connection connection, ConsumerId consumer, MessageIdentity message) throws SQLException {
		if (message instanceof MessageId id) {
			return this.store.receive(connection, consumer, id);
		}
		return !this.store.advance(connection, consumer, List.of((MessagePosition) message)).isEmpty();
	}

	<M, X extends Exception> int receiveAll(ConsumerId consumer, Collection<? extends M> messages,
			Function<? super M, ? extends MessageIdentity> identity, InboxHandler<? super List<M>, X> action) throws X {
		List<M> all = new ArrayList<>(messages);
		List<MessageIdentity> identities = new ArrayList<>();
		all.forEach((message) -> identities.add(identity.apply(message)));
		if (all.isEmpty()) {
			return 0;
		}
		return inTransaction(() -> {
			Set<MessageIdentity> unknown = new HashSet<>();
			record((connection) -> unknown.addAll(unknownOf(connection, consumer, identities)));
			List<M> received = new ArrayList<>();
			for (int i = 0; i < all.size(); i++) {
				// The first of those that are the same.
				if (unknown.remove(identities.get(i))) {
					received.add(all.get(i));
				}
			}
			if (!received.isEmpty()) {
				action.handle(received);
			}
			return received.size();
		});
	}

	private Set<MessageIdentity> unknownOf(Connection connection, ConsumerId consumer, List<MessageIdentity> identities)
			throws SQLException {
		List<MessageId> ids = only(MessageId.class, identities);
		List<MessagePosition> positions = only(MessagePosition.class, identities);
		Set<MessageIdentity> unknown = new HashSet<>();
		if (!ids.isEmpty()) {
			unknown.addAll(this.store.receive(connection, consumer, ids));
		}
		if (!positions.isEmpty()) {
			unknown.addAll(this.store.advance(connection, consumer, positions));
		}
		return unknown;
	}

	private static <T> List<T> only(Class<T> type, List<MessageIdentity> identities) {
		return identities.stream().filter(type::isInstance).map(type::cast).toList();
	}

	private boolean record(Recording recording) {
		if (this.ambient.current() == null) {
			throw new PyxboxException("The transaction manager " + this.manager.get()
					+ " does not begin transactions of the inbox's DataSource. Annotate the one that does with "
					+ "@PyxboxTransactionManager.");
		}
		boolean[] result = new boolean[1];
		this.ambient.inAmbient("Receiving messages", (connection) -> result[0] = recording.execute(connection));
		this.lifecycle.run();
		return result[0];
	}

	/**
	 * Rolls back whatever is thrown; where it has joined, the transaction can only do so.
	 */
	private <T, X extends Exception> T inTransaction(Work<T, X> work) throws X {
		PlatformTransactionManager transactions = this.manager.get();
		TransactionStatus status = begin(transactions);
		T result;
		try {
			result = work.run();
		}
		catch (Throwable ex) {
			try {
				transactions.rollback(status);
			}
			catch (RuntimeException suppressed) {
				ex.addSuppressed(suppressed);
			}
			throw ex;
		}
		transactions.commit(status);
		return result;
	}

	/**
	 * What joins a transaction that has committed is committed with nothing, and what
	 * begins one on the connection of another manager's commits that.
	 */
	private TransactionStatus begin(PlatformTransactionManager transactions) {
		@Nullable Object current = this.ambient.current();
		if (current == null) {
			return transactions.getTransaction(new DefaultTransactionDefinition());
		}
		@Nullable Participation participation = Participation.in(current);
		if (participation != null && participation.isCompleted()) {
			return transactions
				.getTransaction(new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW));
		}
		try {
			return transactions
				.getTransaction(new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_MANDATORY));
		}
		catch (IllegalTransactionStateException ex) {
			throw new PyxboxException("The transaction manager " + transactions + ", which is to begin transactions of "
					+ "the inbox's DataSource, cannot join the one that the caller has begun with another manager. "
					+ "Begin it with the same one, or annotate the other one with @PyxboxTransactionManager.", ex);
		}
	}

	/**
	 * What runs in a transaction.
	 *
	 * @param <T> its result
	 * @param <X> what it may throw
	 */
	@FunctionalInterface
	private interface Work<T, X extends Exception> {

		T run() throws X;

	}

	/**
	 * What is executed on its connection.
	 */
	@FunctionalInterface
	private interface Recording {

		boolean execute(Connection connection) throws SQLException;

	}

}
