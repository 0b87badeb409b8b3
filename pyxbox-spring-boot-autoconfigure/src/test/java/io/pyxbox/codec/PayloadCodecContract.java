package io.pyxbox.codec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.pyxbox.EventId;
import io.pyxbox.PayloadCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What every codec keeps to. A codec's tests extend this.
 */
public abstract class PayloadCodecContract {

	protected static final PayloadCodec.Context CONTEXT = context(1, "order-placed");

	/**
	 * Creates a codec that encodes all payloads of 1,000 bytes and more. Any two of them
	 * must understand each other: they are two instances of an application.
	 */
	protected abstract PayloadCodec create();

	protected static PayloadCodec.Context context(long id, String type) {
		return new PayloadCodec.Context(new EventId(new UUID(7, id)), type);
	}

	protected static byte[] json(int size) {
		String text = "{\"text\":\"" + "ä€😀-payload ".repeat(size / 10 + 1) + "\"}";
		return text.getBytes(StandardCharsets.UTF_8);
	}

	@Test
	void hasAName() {
		assertThat(create().name()).isNotBlank().isNotEqualTo(PayloadCodecs.PLAIN).isEqualTo(create().name());
	}

	@ParameterizedTest
	@ValueSource(ints = { 1_000, 5_000, 1_000_000 })
	void anotherInstanceReadsWhatOneHasWritten(int size) {
		byte[] json = json(size);

		byte[] encoded = create().encode(json.clone(), CONTEXT);

		assertThat(encoded).isNotNull();
		assertThat(create().decode(encoded, CONTEXT)).isEqualTo(json);
	}

	@Test
	void whatItStoresOfSmallPayloadsIsReadAsWell() {
		PayloadCodec codec = create();

		for (String json : List.of("{}", "null", "0", "\"\"", "[1,2]", "{\"a\":\"b\"}")) {
			byte[] encoded = codec.encode(json.getBytes(StandardCharsets.UTF_8), CONTEXT);
			if (encoded != null) {
				assertThat(codec.decode(encoded, CONTEXT)).asString(StandardCharsets.UTF_8).isEqualTo(json);
			}
		}
	}

	@Test
	void leavesItsArgumentsAsTheyAre() {
		PayloadCodec codec = create();
		byte[] json = json(1_000);
		byte[] encoded = codec.encode(json, CONTEXT);
		byte[] before = encoded.clone();

		codec.decode(encoded, CONTEXT);

		assertThat(json).isEqualTo(json(1_000));
		assertThat(encoded).isEqualTo(before);
	}

	@Test
	void manyThreadsMayUseIt() throws Exception {
		PayloadCodec codec = create();
		ExecutorService threads = Executors.newFixedThreadPool(4);
		List<Future<?>> results = new ArrayList<>();
		try {
			for (int i = 0; i < 200; i++) {
				int number = i;
				results.add(threads.submit(() -> {
					byte[] json = json(1_000 + number);
					PayloadCodec.Context context = context(number, "type-" + number);
					assertThat(codec.decode(codec.encode(json, context), context)).isEqualTo(json);
				}));
			}
			for (Future<?> result : results) {
				result.get(30, TimeUnit.SECONDS);
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	@Test
	void whatIsCutOffIsNotRead() {
		PayloadCodec codec = create();
		byte[] encoded = codec.encode(json(1_000), CONTEXT);

		for (int length = 0; length < encoded.length; length += 1 + encoded.length / 50) {
			byte[] cut = Arrays.copyOf(encoded, length);
			assertThatException().as("the first %d bytes", length).isThrownBy(() -> codec.decode(cut, CONTEXT));
		}
	}

	@Test
	void whatWasNeverWrittenIsNotReadAndNotCited() {
		PayloadCodec codec = create();
		byte[] foreign = "{\"card\":\"4111-1111\"}".repeat(10).getBytes(StandardCharsets.UTF_8);
		byte[] random = new byte[500];
		new Random(1).nextBytes(random);

		assertThatException().isThrownBy(() -> codec.decode(random, CONTEXT));
		assertThatException().isThrownBy(() -> codec.decode(foreign, CONTEXT))
			.satisfies((ex) -> assertThat(ex).message().doesNotContain("4111"));
	}

}
