package io.pyxbox.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.pyxbox.PayloadCodecException;

/**
 * Compresses payloads by Zstandard. Needs {@code com.github.luben:zstd-jni}, whose native
 * library is loaded when the first payload is encoded or decoded.
 */
final class ZstdPayloadCodec extends CompressingPayloadCodec {

	/** Its name. */
	static final String NAME = "zstd";

	/**
	 * Creates a codec.
	 * @param threshold from which size on to compress, in bytes of JSON
	 */
	ZstdPayloadCodec(long threshold) {
		super(NAME, threshold);
	}

	@Override
	byte[] compress(byte[] json) {
		// As gzip has one; without it, a byte that was changed could go unnoticed.
		try (ZstdCompressCtx compressing = new ZstdCompressCtx().setChecksum(true)) {
			return compressing.compress(json);
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
			throw notWrittenHere(String.valueOf(ex.getMessage()), ex);
		}
		catch (LinkageError ex) {
			throw notLoaded(ex);
		}
	}

	/** Stands in front of what is compressed at once. */
	private int size(byte[] encoded) {
		long size = Zstd.getFrameContentSize(encoded);
		if (size <= 0) {
			throw notWrittenHere("it has no size", null);
		}
		requireExpandable(size);
		return (int) size;
	}

	/** On a platform that it has none for, or in a container without a place for it. */
	private static PayloadCodecException notLoaded(LinkageError ex) {
		return new PayloadCodecException("The native library of zstd-jni cannot be loaded (it is unpacked in "
				+ "'java.io.tmpdir', or in 'ZstdTempFolder'): " + ex, ex);
	}

}
