package io.pyxbox.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

import io.pyxbox.PayloadCodec;
import io.pyxbox.PayloadCodecException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ZstdPayloadCodecTests extends PayloadCodecContract {

	@Override
	protected PayloadCodec create() {
		return new ZstdPayloadCodec(1_000);
	}

	@Test
	void compressesFromTheThresholdOn() {
		byte[] json = "x".repeat(1_000).getBytes(StandardCharsets.UTF_8);

		assertThat(new ZstdPayloadCodec(1_001).encode(json, CONTEXT)).isNull();
		assertThat(new ZstdPayloadCodec(1_000).encode(json, CONTEXT)).hasSizeLessThan(100);
	}

	@Test
	void leavesWhatDoesNotBecomeSmaller() {
		byte[] random = new byte[2_000];
		new Random(1).nextBytes(random);

		assertThat(create().encode(random, CONTEXT)).isNull();
	}

	@Test
	void aPayloadOfWhichAByteWasChangedIsNotRead() {
		PayloadCodec codec = create();
		byte[] encoded = codec.encode(json(2_000), CONTEXT);

		for (int i = encoded.length / 2; i < encoded.length; i++) {
			byte[] changed = encoded.clone();
			changed[i] ^= 1;
			assertThatExceptionOfType(PayloadCodecException.class).as("byte %d", i)
				.isThrownBy(() -> codec.decode(changed, CONTEXT));
		}
	}

	@Test
	void doesNotExpandWhatClaimsToBeHuge() {
		// A frame of a single segment whose header says 1 GB.
		byte[] bomb = ByteBuffer.allocate(16)
			.order(ByteOrder.LITTLE_ENDIAN)
			.putInt(0xFD2FB528)
			.put((byte) 0xA0)
			.putInt(1 << 30)
			.array();

		assertThatExceptionOfType(PayloadCodecException.class).isThrownBy(() -> create().decode(bomb, CONTEXT))
			.withMessageContaining("expands to more than");
	}

	@Test
	void doesNotReadMoreThanOneFrame() {
		PayloadCodec codec = create();
		byte[] encoded = codec.encode(json(2_000), CONTEXT);
		byte[] twice = Arrays.copyOf(encoded, 2 * encoded.length);
		System.arraycopy(encoded, 0, twice, encoded.length, encoded.length);

		assertThatExceptionOfType(PayloadCodecException.class).isThrownBy(() -> codec.decode(twice, CONTEXT));
	}

	@Test
	void isNoSecret() {
		assertThat(create().isConfidential()).isFalse();
	}

}
