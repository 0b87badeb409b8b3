package io.pyxbox.dispatch;

import java.util.List;
import java.util.stream.Collectors;

import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown for a stored event that cannot be turned into an object. Trying again does not
 * help, so the event becomes a dead letter at once; but for one whose payload cannot be
 * decoded {@linkplain #forNow for now}.
 */
public class UndecodableEventException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private final boolean lasting;

	public UndecodableEventException(String message, @Nullable Throwable cause) {
		this(message, cause, true);
	}

	private UndecodableEventException(String message, @Nullable Throwable cause, boolean lasting) {
		super(message, cause);
		this.lasting = lasting;
	}

	/**
	 * What the payload has to be decoded with may be there at the next attempt.
	 * @param cause why it cannot be decoded
	 * @return an exception after which it is attempted again like any other delivery
	 */
	public static UndecodableEventException forNow(Throwable cause) {
		return new UndecodableEventException(String.valueOf(cause.getMessage()), cause, false);
	}

	/**
	 * The payload is a secret, so what failed on it must not be cited.
	 * @param what what cannot be read as what
	 * @param cause why; only its class and those of its causes are told, and where the
	 * last one of them was thrown
	 * @return an exception without a cause
	 */
	public static UndecodableEventException withoutContent(String what, Throwable cause) {
		List<Throwable> causes = Causes.of(cause);
		String classes = causes.stream()
			.map((each) -> "a " + each.getClass().getName())
			.collect(Collectors.joining(", caused by "));
		UndecodableEventException told = new UndecodableEventException(
				what + ": " + classes + ", whose message is withheld because it may cite what is encrypted", null);
		told.setStackTrace(causes.get(causes.size() - 1).getStackTrace());
		return told;
	}

	boolean isLasting() {
		return this.lasting;
	}

}
