package io.pyxbox.publish.aws;

import org.jspecify.annotations.Nullable;

/**
 * What a service says of one record of a request.
 *
 * @param code why it was refused, as a code of the service; {@code null} if it was taken
 * @param message why it was refused, in words
 * @param senderFault whether the service says that the record is to blame
 */
public record Receipt(@Nullable String code, @Nullable String message, boolean senderFault) {

	/** The service has the record. */
	public static final Receipt TAKEN = new Receipt(null, null, false);

}
