package io.pyxbox.store;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.IntFunction;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class BucketsTests {

	private static final int KEYS = 64_000;

	@ParameterizedTest
	@CsvSource(textBlock = """
			'',                                   0
			a,                                    48
			1,                                    35
			42,                                   11
			order-1,                              44
			order-2,                              24
			customer:4711,                        45
			ada@example.org,                      44
			3f2c1f5e-8f0a-4c55-9d0b-5f1c8a3f7b21, 24
			Grüße,                                13
			注文,                                 48
			😀,                                   52
			""")
	void neverPutsAKeyIntoAnotherBucketThanTheFirstVersionDid(String key, int bucket) {
		assertThat(Buckets.of(key)).isEqualTo(bucket);
	}

	@Test
	void neverChangesTheNumberOfBuckets() {
		assertThat(Buckets.COUNT).isEqualTo(64);
	}

	@ParameterizedTest
	@EnumSource
	void spreadsKeysOfUsualFormsEvenly(Keys keys) {
		int[] counts = new int[Buckets.COUNT];

		for (int i = 0; i < KEYS; i++) {
			counts[Buckets.of(keys.form.apply(i))]++;
		}

		int mean = KEYS / Buckets.COUNT;
		for (int count : counts) {
			assertThat(count).isBetween(mean * 3 / 4, mean * 5 / 4);
		}
	}

	enum Keys {

		NUMBERS(Integer::toString),

		PREFIXED((i) -> "order-" + i),

		PADDED((i) -> "ORD-2026-%08d".formatted(i)),

		MAIL((i) -> "customer" + i + "@example.org"),

		UUIDS((i) -> UUID.nameUUIDFromBytes(Integer.toString(i).getBytes(StandardCharsets.UTF_8)).toString());

		private final IntFunction<String> form;

		Keys(IntFunction<String> form) {
			this.form = form;
		}

	}

}
