package io.pyxbox.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

import io.pyxbox.KeySource;
import io.pyxbox.PayloadCodec;
import io.pyxbox.PayloadCodecException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class AesGcmPayloadCodecTests extends PayloadCodecContract {

	private static final byte[] SECRET = "{\"card\":\"4111-1111\"}".getBytes(StandardCharsets.UTF_8);

	private final Keys keys = new Keys("k1").with("k1", 1, 32);

	@Override
	protected PayloadCodec create() {
		return new AesGcmPayloadCodec(this.keys);
	}

	@Test
	void isASecretOfWhichNothingIsToBeSeen() {
		byte[] encoded = create().encode(SECRET, CONTEXT);

		assertThat(create().isConfidential()).isTrue();
		assertThat(new String(encoded, StandardCharsets.ISO_8859_1)).doesNotContain("card").doesNotContain("4111");
	}

	@ParameterizedTest
	@ValueSource(ints = { 16, 24, 32 })
	void takesEverySizeOfKey(int bytes) {
		this.keys.with("k1", 7, bytes);

		assertThat(create().decode(create().encode(SECRET, CONTEXT), CONTEXT)).isEqualTo(SECRET);
	}

	@Test
	void theSamePayloadNeverLooksTheSame() {
		PayloadCodec codec = create();
		Set<String> seen = new HashSet<>();

		for (int i = 0; i < 100; i++) {
			assertThat(seen.add(Arrays.toString(codec.encode(SECRET, CONTEXT)))).isTrue();
		}
	}

	@Test
	void olderKeysReadWhatTheyHaveEncrypted() {
		byte[] before = create().encode(SECRET, CONTEXT);
		this.keys.with("k2", 2, 32).current("k2");
		byte[] after = create().encode(SECRET, CONTEXT);

		assertThat(create().decode(before, CONTEXT)).isEqualTo(SECRET);
		assertThat(create().decode(after, CONTEXT)).isEqualTo(SECRET);
		assertThat(keyId(before)).isEqualTo("k1");
		assertThat(keyId(after)).isEqualTo("k2");
	}

	@Test
	void aMissingKeyIsNamed() {
		byte[] encoded = create().encode(SECRET, CONTEXT);
		this.keys.without("k1");

		assertThatExceptionOfType(PayloadCodecException.class).isThrownBy(() -> create().decode(encoded, CONTEXT))
			.withMessage("The KeySource has no key 'k1'");
		assertThatExceptionOfType(PayloadCodecException.class).isThrownBy(() -> create().encode(SECRET, CONTEXT))
			.withMessage("The KeySource has no key 'k1'");
	}

	@Test
	void aWrongKeyIsNamed() {
		byte[] encoded = create().encode(SECRET, CONTEXT);
		this.keys.with("k1", 9, 32);

		assertThatExceptionOfType(PayloadCodecException.class).isThrownBy(() -> create().decode(encoded, CONTEXT))
			.withMessageContaining("cannot be decrypted by the KeySource's key 'k1'");
	}

	@Test
	void aKeyThatIsNoneOfAesIsNamed() {
		this.keys.with("k1", 1, 5);

		assertThatExceptionOfType(PayloadCodecException.class).isThrownBy(() -> create().encode(SECRET, CONTEXT))
			.withMessageContaining("key 'k1' cannot be used");
	}

	@Test
	void aSourceThatFailsIsTheCause() {
		AesGcmPayloadCodec codec = new AesGcmPayloadCodec(new KeySource() {

			@Override
			public String currentKeyId() {
				return "k1";
			}

			@Override
			public SecretKey key(String keyId) {
				throw new IllegalStateException("the vault is sealed");
			}

		});

		assertThatExceptionOfType(PayloadCodecException.class)
			.isThrownBy(() -> codec.decode(create().encode(SECRET, CONTEXT), CONTEXT))
			.withMessageContaining("'k1'")
			.withMessageContaining("the vault is sealed");
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 256 })
	void aKeyIdHasToFit(int length) {
		String id = "x".repeat(length);
		this.keys.with(id, 1, 32).current(id);

		assertThatExceptionOfType(PayloadCodecException.class).isThrownBy(() -> create().encode(SECRET, CONTEXT))
			.withMessageContaining("1 to 255 bytes");
	}

	@Test
	void theLongestKeyIdFits() {
		String id = "x".repeat(255);
		this.keys.with(id, 1, 32).current(id);

		assertThat(create().decode(create().encode(SECRET, CONTEXT), CONTEXT)).isEqualTo(SECRET);
	}

	@Test
	void aPayloadCannotBeReadInTheRowOfAnotherEventOrType() {
		byte[] encoded = create().encode(SECRET, context(1, "order-placed"));

		assertThatExceptionOfType(PayloadCodecException.class)
			.isThrownBy(() -> create().decode(encoded, context(2, "order-placed")));
		assertThatExceptionOfType(PayloadCodecException.class)
			.isThrownBy(() -> create().decode(encoded, context(1, "order-cancelled")));
	}

	@Test
	void aPayloadOfWhichAnyByteWasChangedCannotBeRead() {
		byte[] encoded = create().encode(SECRET, CONTEXT);

		for (int i = 0; i < encoded.length; i++) {
			byte[] changed = encoded.clone();
			changed[i] ^= 1;
			assertThatExceptionOfType(PayloadCodecException.class).as("byte %d", i)
				.isThrownBy(() -> create().decode(changed, CONTEXT))
				.satisfies((ex) -> assertThat(ex).message().doesNotContain("4111"));
		}
	}

	private static String keyId(byte[] encoded) {
		return new String(encoded, 2, encoded[1], StandardCharsets.UTF_8);
	}

	/**
	 * Keys in memory.
	 */
	private static final class Keys implements KeySource {

		private final Map<String, SecretKey> keys = new HashMap<>();

		private String current;

		Keys(String current) {
			this.current = current;
		}

		Keys with(String id, int seed, int bytes) {
			byte[] key = new byte[bytes];
			Arrays.fill(key, (byte) seed);
			this.keys.put(id, new SecretKeySpec(key, "AES"));
			return this;
		}

		void without(String id) {
			this.keys.remove(id);
		}

		void current(String id) {
			this.current = id;
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

}
