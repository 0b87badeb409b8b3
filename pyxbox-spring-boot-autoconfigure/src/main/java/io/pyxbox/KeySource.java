package io.pyxbox;

import javax.crypto.SecretKey;

import org.jspecify.annotations.Nullable;

/**
 * Keys that encrypt the keys of events, for the codec {@code aes-gcm}. A bean of this
 * type makes that codec available.
 * <p>
 * To rotate, return a new current id, once all instances know its key: events of older
 * ones stay readable for as long as {@link #key} returns their keys. Asked for each event
 * that is encrypted or decrypted, so what is remote has to be kept. Must be thread-safe.
 */
public interface KeySource {

	/**
	 * Returns the id of the key for what is encrypted from now on.
	 * @return an id of 1 to 255 bytes of UTF-8, stored with each event as it is
	 */
	String currentKeyId();

	/**
	 * Returns a key.
	 * @param keyId the id
	 * @return an AES key of 128, 192 or 256 bits, always the same for an id; or
	 * {@code null} if there is none of this id
	 */
	@Nullable SecretKey key(String keyId);

}
