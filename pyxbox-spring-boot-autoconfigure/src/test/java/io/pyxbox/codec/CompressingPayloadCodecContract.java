package io.pyxbox.codec;

import java.nio.charset.StandardCharsets;
import java.util.Random;

import io.pyxbox.PayloadCodec;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What codecs that compress have to keep to as well.
 */
abstract class CompressingPayloadCodecContract extends PayloadCodecContract {

	abstract PayloadCodec create(long threshold);

	@Override
	protected PayloadCodec create() {
		return create(1_000);
	}

	@Test
	void compressesFromTheThresholdOn() {
		byte[] json = "x".repeat(1_000).getBytes(StandardCharsets.UTF_8);

		assertThat(create(1_001).encode(json, CONTEXT)).isNull();
		assertThat(create(1_000).encode(json, CONTEXT)).hasSizeLessThan(100);
	}

	@Test
	void leavesWhatDoesNotBecomeSmaller() {
		byte[] random = new byte[2_000];
		new Random(1).nextBytes(random);

		assertThat(create().encode(random, CONTEXT)).isNull();
	}

	@Test
	void isNoSecret() {
		assertThat(create().isConfidential()).isFalse();
	}

}
