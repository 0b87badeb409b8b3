package io.pyxbox.dispatch;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ErrorTextTests {

	@Test
	void keepsClassAndMessageInOneLine() {
		assertThat(ErrorText.line(new IllegalStateException("no stock")))
			.isEqualTo("java.lang.IllegalStateException: no stock");
	}

	@Test
	void keepsTheMessageAndNothingWhereThereIsNone() {
		assertThat(ErrorText.message(new IllegalStateException("no stock"))).isEqualTo("no stock");
		assertThat(ErrorText.message(new IllegalStateException())).isNull();
	}

	@Test
	void keepsTheStackTraceWithItsCauses() {
		String trace = ErrorText
			.stackTrace(new IllegalStateException("outer", new IllegalArgumentException("the root of it")));

		assertThat(trace).contains("outer", "the root of it", "keepsTheStackTraceWithItsCauses");
	}

	@Test
	void isBounded() {
		Exception large = new IllegalStateException("x".repeat(1_000_000));

		assertThat(ErrorText.line(large)).hasSize(1_000);
		assertThat(ErrorText.message(large)).hasSize(10_000);
		assertThat(ErrorText.stackTrace(large)).hasSize(20_000);
	}

	@Test
	void containsNothingThatPostgresCannotStore() {
		Exception nasty = new IllegalStateException("a\0b \uD83D c \uDE00 d \uD83D\uDE00");

		assertThat(ErrorText.message(nasty)).isEqualTo("a b ? c ? d \uD83D\uDE00");
		assertThat(ErrorText.line(nasty)).doesNotContain("\0");
		assertThat(ErrorText.stackTrace(nasty)).doesNotContain("\0");
	}

	@Test
	void replacesACharacterThatItHadToCutInHalf() {
		String smiley = "\uD83D\uDE00";

		String message = ErrorText.message(new IllegalStateException("x" + smiley.repeat(6_000)));

		assertThat(message).hasSize(10_000).endsWith(smiley + "?");
	}

}
