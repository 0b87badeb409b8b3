package io.pyxbox.publish.aws;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Partition keys in the form that a service takes.
 */
public final class KeyText {

	private static final String DIGEST = "sha256-";

	private KeyText() {
	}

	/**
	 * Returns the key itself, if the service takes it, or else a digest: the same for the
	 * same key.
	 * @param key the partition key
	 * @param allowed what the service takes
	 * @return what stands for the key
	 */
	public static String of(String key, Pattern allowed) {
		if (allowed.matcher(key).matches()) {
			return key;
		}
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
			return DIGEST + HexFormat.of().formatHex(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every JDK has it", ex);
		}
	}

}
