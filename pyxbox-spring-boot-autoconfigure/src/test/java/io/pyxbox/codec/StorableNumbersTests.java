package io.pyxbox.codec;

import io.pyxbox.InvalidEventException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class StorableNumbersTests {

	@ParameterizedTest
	@ValueSource(strings = { "1E+200000", "1e200000", "-1.5E-20000", "[0,1e-16384]", "{\"a\":\"1e5\",\"b\":7e131072}" })
	void refusesWhatPostgresCannotStore(String json) {
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> StorableNumbers.require(json, "An event"))
			.withMessageStartingWith("An event contains a number that is too large or too precise for PostgreSQL");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1E+131071", "1e-16383", "9e4", "1E", "e12345", "\"1e200000\"", "\"1e+\"", "1e12 34567",
			"{\"size1e\":12345}" })
	void takesWhatItCanStore(String json) {
		assertThatNoException().isThrownBy(() -> StorableNumbers.require(json, "An event"));
	}

}
