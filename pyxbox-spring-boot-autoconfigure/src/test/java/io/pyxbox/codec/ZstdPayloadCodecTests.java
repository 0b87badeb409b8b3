package io.pyxbox.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

import io.pyxbox.PayloadCodec;
import io.pyxbox.PayloadCodecException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ZstdPayloadCodecTests extends CompressingPayloadCodecContract {

	@Override
	PayloadCodec create(long threshold) {
		return new ZstdPayloadCodec(threshold);
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

}
