package io.pyxbox.dispatch;

import java.sql.SQLException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class DatabaseTroubleTests {

	@ParameterizedTest
	@ValueSource(strings = { "08006", "08001", "53300", "53100", "57P01", "57P03", "58030", "25006" })
	void isNotTheEventsFault(String state) {
		assertThat(DatabaseTrouble.isCauseOf(new SQLException("x", state))).isTrue();
		assertThat(DatabaseTrouble.isCauseOf(new IllegalStateException(new SQLException("x", state)))).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "23505", "42P01", "22P02", "40001", "57014", "25P02", "" })
	void isNotWhatAListenerDidWrong(String state) {
		assertThat(DatabaseTrouble.isCauseOf(new SQLException("x", state))).isFalse();
	}

	@Test
	void isNotWhatHasNothingToDoWithADatabase() {
		assertThat(DatabaseTrouble.isCauseOf(new IllegalStateException("x"))).isFalse();
		assertThat(DatabaseTrouble.isCauseOf(new SQLException("without a state"))).isFalse();
	}

	@Test
	void endsWithCausesThatGoInCircles() {
		Exception first = new IllegalStateException("first");
		Exception second = new IllegalStateException("second", first);
		first.initCause(second);

		assertThat(DatabaseTrouble.isCauseOf(first)).isFalse();
	}

}
