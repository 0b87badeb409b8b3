package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.util.List;

import io.pyxbox.InboxHandler;
import io.pyxbox.PyxboxException;
import io.pyxbox.dispatch.ChunkTransactions.ChunkFailure;
import io.pyxbox.dispatch.ChunkTransactions.ChunkScope;
import io.pyxbox.store.PulledBefore;
import org.jspecify.annotations.Nullable;

/**
 * One transaction of its own for events that are pulled: pull, handle, complete. For one
 * use by one thread.
 */
public final class PullAttempt {

	private final Puller puller;

	private final DeliveryTarget target;

	private final int max;

	private @Nullable PulledChunk chunk;

	private boolean connectionLost;

	/**
	 * Creates an attempt.
	 * @param puller pulls and completes
	 * @param target who pulls
	 * @param max how many events at most
	 */
	public PullAttempt(Puller puller, DeliveryTarget target, int max) {
		this.puller = puller;
		this.target = target;
		this.max = max;
	}

	/**
	 * Runs the transaction and commits it.
	 * @param transactions begins and commits it
	 * @param handler is called unless there is nothing to handle
	 * @return the events, which are completed
	 * @throws ChunkFailure if the handler failed, which is the cause
	 * @throws Exception if anything else failed
	 */
	public PulledChunk run(ChunkTransactions transactions, InboxHandler<List<DecodedEvent>, ?> handler)
			throws Exception {
		PulledChunk completed = transactions.execute((scope) -> run(scope, handler));
		this.puller.tell(completed);
		return completed;
	}

	private PulledChunk run(ChunkScope scope, InboxHandler<List<DecodedEvent>, ?> handler) throws Exception {
		scope.ownStatementsFollow();
		PulledChunk pulled = this.puller.pull(scope.connection(), this.target, this.max, PulledBefore.NOTHING, true);
		if (pulled.isEmpty()) {
			this.puller.idle(scope.connection());
			return pulled;
		}
		if (!pulled.events().isEmpty()) {
			scope.listenerFollows();
			handle(pulled, scope, handler);
		}
		// What a persistence context holds back takes its row locks before ours.
		scope.flush();
		scope.ownStatementsFollow();
		this.puller.complete(scope.connection(), List.of(pulled));
		return pulled;
	}

	private void handle(PulledChunk pulled, ChunkScope scope, InboxHandler<List<DecodedEvent>, ?> handler)
			throws SQLException, ChunkFailure {
		this.chunk = pulled;
		try {
			handler.handle(pulled.events());
			requireUsable(scope);
		}
		catch (Throwable ex) {
			this.connectionLost = scope.isConnectionLost();
			throw new ChunkFailure(ex);
		}
	}

	/** Handlers may not throw what is checked, so this is not. */
	private static void requireUsable(ChunkScope scope) {
		try {
			scope.requireUsable();
		}
		catch (SQLException ex) {
			throw new PyxboxException("Pulled events cannot be completed. " + ex.getMessage(), ex);
		}
	}

	/** What the handler was called with; {@code null} if it was not. */
	@Nullable PulledChunk chunk() {
		return this.chunk;
	}

	/** Whether the handler failed together with its connection. */
	boolean isConnectionLost() {
		return this.connectionLost;
	}

}
