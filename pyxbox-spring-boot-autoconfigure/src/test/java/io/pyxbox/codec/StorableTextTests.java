package io.pyxbox.codec;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.IntStream;

import io.pyxbox.InvalidEventException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class StorableTextTests {

	@ParameterizedTest
	@ValueSource(strings = { "", "plain", "Grüße", "注文", "😀", "\u0001\t\n", "\uFFFD", "\uE000" })
	void acceptsWellFormedText(String text) {
		assertThatCode(() -> StorableText.require(text, "It")).doesNotThrowAnyException();
	}

	@Test
	void refusesTheCharacterNul() {
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> StorableText.require("a\0b", "The topic"))
			.withMessageContaining("The topic")
			.withMessageContaining("NUL");
	}

	@ParameterizedTest
	@MethodSource("halves")
	void refusesHalfOfASurrogatePairAndSaysWhere(String text, int position) {
		assertThatExceptionOfType(InvalidEventException.class).isThrownBy(() -> StorableText.require(text, "The topic"))
			.withMessageContaining("The topic")
			.withMessageContaining("at position " + position);
	}

	static Object[][] halves() {
		return new Object[][] { { "\uD83D", 0 }, { "ab\uD83D", 2 }, { "\uDE00", 0 }, { "\uD83D\uD83D\uDE00", 0 },
				{ "\uD83D\uDE00\uDE00", 2 }, { "a\uD83Db", 1 } };
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"a\":\"\\u0000\"}", "\\u0000", "\\\\\\u0000", "x\\u0000y", "\\\\u0000\\u0000" })
	void refusesAnEscapedNulInJson(String json) {
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> StorableText.requireNoEscapedNul(json, "The event"))
			.withMessageContaining("The event")
			.withMessageContaining("NUL");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "u0000", "\\\\u0000", "\\\\\\\\u0000", "\\u0001", "0000" })
	void acceptsWhatOnlyLooksLikeAnEscapedNul(String json) {
		assertThatCode(() -> StorableText.requireNoEscapedNul(json, "The event")).doesNotThrowAnyException();
	}

	@ParameterizedTest
	@MethodSource("seeds")
	void countsTheBytesOfUtf8(long seed) {
		String text = new Random(seed).ints(1_000, 1, Character.MAX_CODE_POINT)
			.filter((codePoint) -> codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE)
			.map((codePoint) -> (codePoint % 2 == 0) ? codePoint : codePoint % 0x900 + 1)
			.collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
			.toString();

		assertThat(StorableText.utf8Length(text, "It")).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
	}

	static IntStream seeds() {
		return IntStream.range(0, 20);
	}

}
