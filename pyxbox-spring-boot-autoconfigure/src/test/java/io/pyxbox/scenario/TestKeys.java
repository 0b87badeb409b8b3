package io.pyxbox.scenario;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

import io.pyxbox.KeySource;
import org.jspecify.annotations.Nullable;

/**
 * Keys that come and go.
 */
final class TestKeys implements KeySource {

	private final Map<String, SecretKey> keys = new ConcurrentHashMap<>();

	private volatile String current = "";

	TestKeys() {
		rotate("k1", 1);
	}

	void rotate(String id, int seed) {
		put(id, seed);
		this.current = id;
	}

	void put(String id, int seed) {
		byte[] key = new byte[32];
		Arrays.fill(key, (byte) seed);
		this.keys.put(id, new SecretKeySpec(key, "AES"));
	}

	void lose(String id) {
		this.keys.remove(id);
	}

	@Override
	public String currentKeyId() {
		return this.current;
	}

	@Override
	public @Nullable SecretKey key(String keyId) {
		return this.keys.get(keyId);
	}

}
