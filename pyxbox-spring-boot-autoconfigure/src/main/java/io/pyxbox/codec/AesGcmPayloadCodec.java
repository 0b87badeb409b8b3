package io.pyxbox.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;

import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import io.pyxbox.EventId;
import io.pyxbox.KeySource;
import io.pyxbox.PayloadCodec;
import io.pyxbox.PayloadCodecException;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts payloads: each by AES-256-GCM with a key of its own, which is stored beside
 * it, wrapped by a key of the application's {@link KeySource}.
 * <p>
 * <b>A key for each event.</b> It encrypts once, so no nonce can come twice under it,
 * however many instances there are and however long they run. It is wrapped by AES Key
 * Wrap (RFC 3394), which has no nonce either: so nothing limits how many events a key of
 * the source may serve. Both take microseconds and need nothing to be kept.
 * <p>
 * <b>Bound to its row.</b> The event's id and type are authenticated with the payload: it
 * cannot be read in the row of another event.
 * <p>
 * What is stored: a byte for the version, one for the length of the key's id, the id, the
 * wrapped key (40 bytes), the nonce (12), and the encrypted payload with its tag (16).
 * Thread-safe.
 */
public final class AesGcmPayloadCodec implements PayloadCodec {

	/** Its name. */
	public static final String NAME = "aes-gcm";

	private static final byte VERSION = 1;

	private static final String WRAPPING = "AESWrap";

	private static final String ENCRYPTION = "AES/GCM/NoPadding";

	private static final String ALGORITHM = "AES";

	private static final int MAX_KEY_ID_LENGTH = 255;

	private static final int DATA_KEY_LENGTH = 32;

	private static final int WRAPPED_LENGTH = DATA_KEY_LENGTH + 8;

	private static final int NONCE_LENGTH = 12;

	private static final int TAG_BITS = 128;

	private final KeySource keys;

	private final SecureRandom random = new SecureRandom();

	/**
	 * Creates a codec.
	 * @param keys wrap the keys of events
	 */
	public AesGcmPayloadCodec(KeySource keys) {
		this.keys = keys;
	}

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public boolean isConfidential() {
		return true;
	}

	@Override
	public byte[] encode(byte[] json, Context context) {
		byte[] keyId = this.keys.currentKeyId().getBytes(StandardCharsets.UTF_8);
		if (keyId.length == 0 || keyId.length > MAX_KEY_ID_LENGTH) {
			throw new PayloadCodecException("The id of the KeySource's current key must have from 1 to "
					+ MAX_KEY_ID_LENGTH + " bytes, but has " + keyId.length, null);
		}
		SecretKey dataKey = new SecretKeySpec(randomBytes(DATA_KEY_LENGTH), ALGORITHM);
		byte[] nonce = randomBytes(NONCE_LENGTH);
		String id = text(keyId);
		try {
			Cipher wrapping = Cipher.getInstance(WRAPPING);
			wrapping.init(Cipher.WRAP_MODE, key(id));
			byte[] wrapped = wrapping.wrap(dataKey);
			byte[] encrypted = cipher(Cipher.ENCRYPT_MODE, dataKey, nonce, keyId, context).doFinal(json);
			return ByteBuffer.allocate(2 + keyId.length + wrapped.length + nonce.length + encrypted.length)
				.put(VERSION)
				.put((byte) keyId.length)
				.put(keyId)
				.put(wrapped)
				.put(nonce)
				.put(encrypted)
				.array();
		}
		catch (GeneralSecurityException ex) {
			throw new PayloadCodecException("The KeySource's key '" + id + "' cannot be used: " + ex.getMessage(), ex);
		}
	}

	@Override
	public byte[] decode(byte[] encoded, Context context) {
		ByteBuffer stored = ByteBuffer.wrap(encoded);
		int keyIdLength = (encoded.length > 1) ? Byte.toUnsignedInt(encoded[1]) : 0;
		int overhead = 2 + keyIdLength + WRAPPED_LENGTH + NONCE_LENGTH + TAG_BITS / Byte.SIZE;
		if (encoded.length < overhead || stored.get() != VERSION) {
			throw new PayloadCodecException("The stored payload is not what this version of '" + NAME + "' has written",
					null);
		}
		stored.get();
		byte[] keyId = bytes(stored, keyIdLength);
		byte[] wrapped = bytes(stored, WRAPPED_LENGTH);
		byte[] nonce = bytes(stored, NONCE_LENGTH);
		byte[] encrypted = bytes(stored, stored.remaining());
		String id = text(keyId);
		SecretKey key = key(id);
		try {
			Cipher wrapping = Cipher.getInstance(WRAPPING);
			wrapping.init(Cipher.UNWRAP_MODE, key);
			SecretKey dataKey = (SecretKey) wrapping.unwrap(wrapped, ALGORITHM, Cipher.SECRET_KEY);
			return cipher(Cipher.DECRYPT_MODE, dataKey, nonce, keyId, context).doFinal(encrypted);
		}
		catch (GeneralSecurityException ex) {
			throw new PayloadCodecException("The payload cannot be decrypted by the KeySource's key '" + id
					+ "': it is not the key that it was encrypted with, or what is stored has been changed, "
					+ "or belongs to another event", ex);
		}
	}

	private static Cipher cipher(int mode, SecretKey dataKey, byte[] nonce, byte[] keyId, Context context)
			throws GeneralSecurityException {
		Cipher cipher = Cipher.getInstance(ENCRYPTION);
		cipher.init(mode, dataKey, new GCMParameterSpec(TAG_BITS, nonce));
		EventId event = context.eventId();
		// Each part has a length that is fixed or stands before it, but for the last one.
		cipher.updateAAD(new byte[] { VERSION, (byte) keyId.length });
		cipher.updateAAD(keyId);
		cipher.updateAAD(ByteBuffer.allocate(2 * Long.BYTES)
			.putLong(event.value().getMostSignificantBits())
			.putLong(event.value().getLeastSignificantBits())
			.flip());
		cipher.updateAAD(context.type().getBytes(StandardCharsets.UTF_8));
		return cipher;
	}

	private SecretKey key(String id) {
		@Nullable SecretKey key;
		try {
			key = this.keys.key(id);
		}
		catch (RuntimeException ex) {
			throw new PayloadCodecException("The KeySource failed to return the key '" + id + "': " + ex, ex);
		}
		if (key == null) {
			throw new PayloadCodecException("The KeySource has no key '" + id + "'", null);
		}
		return key;
	}

	private byte[] randomBytes(int count) {
		byte[] bytes = new byte[count];
		this.random.nextBytes(bytes);
		return bytes;
	}

	private static byte[] bytes(ByteBuffer stored, int count) {
		byte[] bytes = new byte[count];
		stored.get(bytes);
		return bytes;
	}

	private static String text(byte[] keyId) {
		return new String(keyId, StandardCharsets.UTF_8);
	}

}
