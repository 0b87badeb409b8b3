package io.pyxbox.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.pyxbox.PayloadCodec;
import io.pyxbox.PayloadCodecException;
import org.jspecify.annotations.Nullable;

/**
 * Compresses payloads from a size on, by Zstandard. Smaller ones, and those that would
 * not become smaller, are stored as they are. Needs {@code com.github.luben:zstd-jni},
 * whose native library is loaded when the first payload is encoded or decoded.
 * Thread-safe.
 */
final class ZstdPayloadCodec implements PayloadCodec {

	/** Its name. */
	static final String NAME = "zstd";

	/** No payload is larger, as JSON. */
	private static final int MAX_BYTES = 256 * 1024 * 1024;

	private final long threshold;

	/**
	 * Creates a codec.
	 * @param threshold from which size on to compress, in bytes of JSON
	 */
	ZstdPayloadCodec(long threshold) {
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
		// As gzip has one; without it, a byte that was changed could go unnoticed.
		try (ZstdCompressCtx compressing = new ZstdCompressCtx().setChecksum(true)) {
			byte[] compressed = compressing.compress(json);
			return (compressed.length < json.length) ? compressed : null;
		}
		catch (LinkageError ex) {
			throw notLoaded(ex);
		}
	}

	@Override
	public byte[] decode(byte[] encoded, Context context) {
		try (ZstdDecompressCtx decompressing = new ZstdDecompressCtx()) {
			return decompressing.decompress(encoded, size(encoded));
		}
		catch (ZstdException ex) {
			throw new PayloadCodecException("The stored payload is not what zstd has written: " + ex.getMessage(), ex);
		}
		catch (LinkageError ex) {
			throw notLoaded(ex);
		}
	}

	/** Stands in front of what is compressed at once. */
	private static int size(byte[] encoded) {
		long size = Zstd.getFrameContentSize(encoded);
		if (size <= 0) {
			throw new PayloadCodecException("The stored payload is not what zstd has written: it has no size", null);
		}
		if (size > MAX_BYTES) {
			throw new PayloadCodecException("The stored payload expands to more than " + MAX_BYTES + " bytes", null);
		}
		return (int) size;
	}

	/** On a platform that it has none for, or in a container without a place for it. */
	private static PayloadCodecException notLoaded(LinkageError ex) {
		return new PayloadCodecException("The native library of zstd-jni cannot be loaded (it is unpacked in "
				+ "'java.io.tmpdir', or in 'ZstdTempFolder'): " + ex, ex);
	}

}
