package io.pyxbox;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The id of a message, as its sender has given it: any text. A UUID is kept as it is, any
 * other text as 122 bits of its SHA-256, in the form of a UUID of version 8, and beside
 * it as it came.
 *
 * @param value the id, or what stands for it
 * @param text the id as it came, if it is no UUID
 */
public record MessageId(UUID value, @Nullable String text) implements MessageIdentity {

	private static final Pattern UUID_TEXT = Pattern
		.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

	public MessageId {
		Objects.requireNonNull(value, "value");
	}

	/**
	 * Returns the id of a message whose sender uses UUIDs.
	 * @param id the id
	 * @return the id
	 */
	public static MessageId of(UUID id) {
		return new MessageId(id, null);
	}

	/**
	 * Returns the id of a message.
	 * @param id the id; a UUID as a text is the same as the UUID
	 * @return the id
	 * @throws IllegalArgumentException if it is empty or contains NUL
	 */
	public static MessageId of(String id) {
		if (id.isEmpty() || id.indexOf('\0') >= 0) {
			throw new IllegalArgumentException("The id of a message must not be empty, nor contain NUL: '" + id + "'");
		}
		return UUID_TEXT.matcher(id).matches() ? of(UUID.fromString(id)) : new MessageId(hash(id), id);
	}

	private static UUID hash(String id) {
		try {
			ByteBuffer digest = ByteBuffer
				.wrap(MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8)));
			long high = digest.getLong() & ~0xF000L | 0x8000L;
			long low = digest.getLong() & 0x3FFFFFFFFFFFFFFFL | 0x8000000000000000L;
			return new UUID(high, low);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

	@Override
	public String toString() {
		return (this.text != null) ? this.text : this.value.toString();
	}

}
