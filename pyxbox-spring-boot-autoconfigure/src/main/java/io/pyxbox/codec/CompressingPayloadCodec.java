package io.pyxbox.codec;

import io.pyxbox.PayloadCodec;
import io.pyxbox.PayloadCodecException;
import org.jspecify.annotations.Nullable;

/**
 * Compresses payloads from a size on. Smaller ones, and those that would not become
 * smaller, are stored as they are. Thread-safe.
 */
abstract class CompressingPayloadCodec implements PayloadCodec {

	/** No payload is larger, as JSON. */
	static final int MAX_BYTES = 256 * 1024 * 1024;

	private final String name;

	private final long threshold;

	/**
	 * Creates a codec.
	 * @param name its name
	 * @param threshold from which size on to compress, in bytes of JSON
	 */
	CompressingPayloadCodec(String name, long threshold) {
		this.name = name;
		this.threshold = threshold;
	}

	@Override
	public final String name() {
		return this.name;
	}

	@Override
	public final byte @Nullable [] encode(byte[] json, Context context) {
		if (json.length < this.threshold) {
			return null;
		}
		byte[] compressed = compress(json);
		return (compressed.length < json.length) ? compressed : null;
	}

	abstract byte[] compress(byte[] json);

	/** Refuses what is larger than any payload. */
	static void requireExpandable(long bytes) {
		if (bytes > MAX_BYTES) {
			throw new PayloadCodecException("The stored payload expands to more than " + MAX_BYTES + " bytes", null);
		}
	}

	PayloadCodecException notWrittenHere(String why, @Nullable Throwable cause) {
		return new PayloadCodecException("The stored payload is not what " + this.name + " has written: " + why, cause);
	}

}
