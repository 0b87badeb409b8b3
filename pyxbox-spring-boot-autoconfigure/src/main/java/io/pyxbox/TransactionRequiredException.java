package io.pyxbox;

/**
 * Thrown by the emitting call where there is no transaction that could store the event:
 * none is active for the outbox's {@code DataSource} although
 * {@code pyxbox.outbox.require-transaction} is set, or it is read-only.
 */
public class TransactionRequiredException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	public TransactionRequiredException(String message) {
		super(message);
	}

}
