package io.pyxbox.codec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Compresses payloads by {@code gzip}.
 */
final class GzipPayloadCodec extends CompressingPayloadCodec {

	/** Its name. */
	static final String NAME = "gzip";

	/**
	 * Creates a codec.
	 * @param threshold from which size on to compress, in bytes of JSON
	 */
	GzipPayloadCodec(long threshold) {
		super(NAME, threshold);
	}

	@Override
	byte[] compress(byte[] json) {
		ByteArrayOutputStream compressed = new ByteArrayOutputStream(json.length / 4 + 64);
		try (GZIPOutputStream compressing = new GZIPOutputStream(compressed)) {
			compressing.write(json);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return compressed.toByteArray();
	}

	@Override
	public byte[] decode(byte[] encoded, Context context) {
		try (GZIPInputStream decompressing = new GZIPInputStream(new ByteArrayInputStream(encoded))) {
			byte[] json = decompressing.readNBytes(MAX_BYTES + 1);
			requireExpandable(json.length);
			return json;
		}
		catch (IOException ex) {
			throw notWrittenHere(String.valueOf(ex.getMessage()), ex);
		}
	}

}
