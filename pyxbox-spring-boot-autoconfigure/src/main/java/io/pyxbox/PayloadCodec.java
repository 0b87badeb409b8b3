package io.pyxbox;

import org.jspecify.annotations.Nullable;

/**
 * Between the JSON of an event and what is stored of it: compression, encryption. A bean
 * of this type is known by its {@linkplain #name() name}, which is stored with each event
 * that it has encoded. It is used for the types that name it
 * ({@link OutboxEvent#codec()}, {@code pyxbox.codec.types}) or for all
 * ({@code pyxbox.codec.default}), and reads what it has written for as long as it is
 * there. Must be thread-safe.
 */
public interface PayloadCodec {

	/**
	 * Returns the name that is stored with each event. It must never change, and what is
	 * stored under it must stay readable.
	 * @return a short name, other than {@code plain}
	 */
	String name();

	/**
	 * Encodes the payload of an event as it is emitted, on the emitting thread. If this
	 * throws, the event is refused.
	 * @param json JSON in UTF-8; not to be changed
	 * @param context which event it is of
	 * @return what is stored; or {@code null} if this payload is better stored as it is
	 */
	byte @Nullable [] encode(byte[] json, Context context);

	/**
	 * Decodes what {@link #encode} has returned, also that of earlier versions of this
	 * codec. If this throws, the delivery has failed, and is attempted again like any
	 * other: what is missing, as a key, may be there by then. The message is stored and
	 * logged, so it must not tell anything of the content.
	 * @param encoded what was stored; not to be changed
	 * @param context which event it is of
	 * @return JSON in UTF-8
	 */
	byte[] decode(byte[] encoded, Context context);

	/**
	 * Tells whether what this encodes is a secret. If so, errors of reading the JSON are
	 * reported without their messages, which may cite it.
	 * @return whether it is; {@code false} by default
	 */
	default boolean isConfidential() {
		return false;
	}

	/**
	 * Which event a payload is of, the same when it is decoded as when it was encoded.
	 *
	 * @param eventId the event's identity
	 * @param type the event's logical type, as it is stored
	 */
	record Context(EventId eventId, String type) {
	}

}
