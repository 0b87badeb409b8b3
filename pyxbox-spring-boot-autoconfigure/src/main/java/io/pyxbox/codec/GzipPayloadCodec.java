package io.pyxbox.codec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

import io.pyxbox.PayloadCodec;
import io.pyxbox.PayloadCodecException;
import org.jspecify.annotations.Nullable;

/**
 * Compresses payloads from a size on, by {@code gzip}. Smaller ones, and those that would
 * not become smaller, are stored as they are. Thread-safe.
 */
final class GzipPayloadCodec implements PayloadCodec {

	/** Its name. */
	static final String NAME = "gzip";

	/** No payload is larger, as JSON. */
	private static final int MAX_BYTES = 256 * 1024 * 1024;

	private final long threshold;

	/**
	 * Creates a codec.
	 * @param threshold from which size on to compress, in bytes of JSON
	 */
	GzipPayloadCodec(long threshold) {
		this.threshold = threshold;
	}

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public byte @Nullable [] encode(byte[] json, Context context) {
		if (json.length < this.threshold) {
			return null;
		}
		ByteArrayOutputStream compressed = new ByteArrayOutputStream(json.length / 4 + 64);
		try (GZIPOutputStream compressing = new GZIPOutputStream(compressed)) {
			compressing.write(json);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return (compressed.size() < json.length) ? compressed.toByteArray() : null;
	}

	@Override
	public byte[] decode(byte[] encoded, Context context) {
		try (GZIPInputStream decompressing = new GZIPInputStream(new ByteArrayInputStream(encoded))) {
			byte[] json = decompressing.readNBytes(MAX_BYTES + 1);
			if (json.length > MAX_BYTES) {
				throw new PayloadCodecException("The stored payload expands to more than " + MAX_BYTES + " bytes",
						null);
			}
			return json;
		}
		catch (IOException ex) {
			throw new PayloadCodecException("The stored payload is not what gzip has written: " + ex.getMessage(), ex);
		}
	}

}
