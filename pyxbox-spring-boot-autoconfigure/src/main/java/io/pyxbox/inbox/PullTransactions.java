package io.pyxbox.inbox;

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
import io.pyxbox.transaction.OutboxTransactions;
import org.jspecify.annotations.Nullable;

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
		if (transaction == null) {
			throw new TransactionRequiredException("There is no active transaction of the inbox's DataSource to pull "
					+ "an event in. Call next() from a @Transactional method (not from another method of the same "
					+ "bean, which bypasses its proxy), or call next(handler), which begins one.");
		}
		PulledInTransaction pulled = PulledInTransaction.of(transaction, this.puller, this.ambient);
		List<PulledChunk> chunks = new ArrayList<>();
		this.ambient.inAmbient("Pulling events", (connection) -> {
			PulledChunk chunk;
			do {
				chunk = this.puller.pull(connection, target, 1, pulled.ids(target.consumer()), false);
				pulled.add(target.consumer(), chunk);
				chunks.add(chunk);
			}
			while (!chunk.isEmpty() && chunk.events().isEmpty());
			if (chunk.isEmpty()) {
				this.puller.idle(connection);
			}
		});
		return chunks.stream().flatMap((chunk) -> chunk.events().stream()).findFirst();
	}

}
