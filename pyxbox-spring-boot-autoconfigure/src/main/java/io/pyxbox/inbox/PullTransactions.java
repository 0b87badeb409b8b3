package io.pyxbox.inbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import io.pyxbox.InboxHandler;
import io.pyxbox.TransactionRequiredException;
import io.pyxbox.dispatch.ChunkTransactions;
import io.pyxbox.dispatch.ChunkTransactions.ChunkFailure;
import io.pyxbox.dispatch.DecodedEvent;
import io.pyxbox.dispatch.DeliveryTarget;
import io.pyxbox.dispatch.PullAttempt;
import io.pyxbox.dispatch.PulledChunk;
import io.pyxbox.dispatch.Puller;
import io.pyxbox.emit.Participation;
import io.pyxbox.store.PulledBefore;
import io.pyxbox.transaction.OutboxTransactions;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The transactions in which events are pulled: one of their own, or the caller's.
 * Thread-safe.
 *
 * @param own begins transactions
 * @param ambient knows the caller's
 * @param puller pulls and completes
 */
record PullTransactions(ChunkTransactions own, OutboxTransactions ambient, Puller puller) {

	/**
	 * Pulls, handles and completes events in a transaction of their own.
	 * @return how many were handled
	 */
	<X extends Exception> int inOwn(DeliveryTarget target, int max, InboxHandler<List<DecodedEvent>, X> handler)
			throws X {
		while (true) {
			PulledChunk completed = run(new PullAttempt(this.puller, target, max), handler);
			// Where none of them could be read, they are gone now, and others come next.
			if (completed.isEmpty() || !completed.events().isEmpty()) {
				return completed.events().size();
			}
		}
	}

	private <X extends Exception> PulledChunk run(PullAttempt attempt, InboxHandler<List<DecodedEvent>, X> handler)
			throws X {
		try {
			return attempt.run(this.own, handler);
		}
		catch (ChunkFailure ex) {
			throw PullTransactions.<X>thrownByHandler(ex);
		}
		catch (SQLException ex) {
			throw this.ambient.translate("Pulling events", ex);
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The handler throws nothing else that is checked. */
	@SuppressWarnings("unchecked")
	private static <X extends Exception> X thrownByHandler(ChunkFailure failure) {
		Throwable thrown = Objects.requireNonNull(failure.getCause());
		if (thrown instanceof RuntimeException ex) {
			throw ex;
		}
		if (thrown instanceof Error ex) {
			throw ex;
		}
		return (X) thrown;
	}

	/**
	 * Pulls an event in the caller's transaction.
	 * @throws TransactionRequiredException if there is none
	 */
	Optional<DecodedEvent> inAmbient(DeliveryTarget target) {
		@Nullable Object transaction = this.ambient.current();
		@Nullable Participation participation = (transaction != null) ? Participation.in(transaction) : null;
		if (transaction == null || (participation != null && participation.isCompleted())) {
			throw new TransactionRequiredException("There is no active transaction of the inbox's DataSource to pull "
					+ "an event in. Call next() from a @Transactional method (not from another method of the same "
					+ "bean, which bypasses its proxy, nor after the commit), or call next(handler), which begins one.");
		}
		if (participation == null || participation.isCommitting()) {
			return pullUntilReadable((connection) -> pullAndComplete(connection, target));
		}
		PulledInTransaction pulled = PulledInTransaction.of(participation, this.puller, this.ambient);
		return pullUntilReadable((connection) -> pulled.pull(connection, target));
	}

	private Optional<DecodedEvent> pullUntilReadable(Pulling pulling) {
		List<PulledChunk> chunks = new ArrayList<>();
		this.ambient.inAmbient("Pulling events", (connection) -> {
			PulledChunk chunk;
			do {
				chunk = pulling.pull(connection);
				chunks.add(chunk);
			}
			while (!chunk.isEmpty() && chunk.events().isEmpty());
			if (chunk.isEmpty()) {
				this.puller.idle(connection);
			}
		});
		return chunks.stream().flatMap((chunk) -> chunk.events().stream()).findFirst();
	}

	/**
	 * Where nobody would complete it later: the commit is under way, or callbacks might
	 * be those of another resource's transaction.
	 */
	private PulledChunk pullAndComplete(Connection connection, DeliveryTarget target) throws SQLException {
		PulledChunk chunk = this.puller.pull(connection, target, 1, PulledBefore.UNKNOWN, false);
		this.puller.complete(connection, List.of(chunk));
		if (TransactionSynchronizationManager.isSynchronizationActive()) {
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCommit() {
					PullTransactions.this.puller.tell(chunk);
				}

			});
		}
		return chunk;
	}

	/**
	 * Pulls on a connection.
	 */
	@FunctionalInterface
	private interface Pulling {

		PulledChunk pull(Connection connection) throws SQLException;

	}

}
