package io.pyxbox.store;

import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class TopicPatternTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private static final List<String> PATTERNS = List.of("*", "orders", "orders*", "*orders", "o*s", "o**s", "a_b",
			"a%b", "a\\b", "\\*", "a*b*c", "*a*", "%", "_", "*\n*", "Größe-*", "a*a");

	private static final List<String> TOPICS = List.of("", "orders", "ORDERS", "orders-eu", "eu-orders", "os", "a_b",
			"a-b", "a%b", "a%%b", "a\\b", "\\", "\\x", "axbxc", "abc", "abcb", "%", "_", "x", "one\ntwo", "Größe-ß",
			"a", "aa", "aaa", "*");

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@ParameterizedTest
	@CsvSource({ "orders, orders, true", "orders, orders-eu, false", "orders*, orders-eu, true",
			"orders*, orders, true", "*-eu, orders-eu, true", "*-eu, orders-us, false", "o*-*u, orders-eu, true",
			"*, anything, true", "Orders, orders, false", "a*b, axbxc, false", "a*b, axbxb, true" })
	void matchesOneTopicOrSeveral(String pattern, String topic, boolean matches) {
		assertThat(new TopicPattern(pattern).matches(topic)).isEqualTo(matches);
	}

	@Test
	void nothingMatchesNoTopic() {
		assertThat(TopicPattern.ALL.matches(null)).isFalse();
		assertThat(TopicPattern.ALL.matches("")).isTrue();
	}

	/** What one of them takes and the other does not would be lost, or wait for ever. */
	@Test
	void meansTheSameHereAndInTheDatabase() {
		for (String pattern : PATTERNS) {
			TopicPattern here = new TopicPattern(pattern);
			for (String topic : TOPICS) {
				boolean inDatabase = database.jdbc()
					.sql("SELECT ?::text LIKE ?::text")
					.params(topic, here.toLike())
					.query(Boolean.class)
					.single();

				assertThat(here.matches(topic)).as("'%s' matches '%s'", topic, pattern).isEqualTo(inDatabase);
			}
		}
	}

	@Test
	void comesBackFromTheDatabaseAsItWas() {
		assertThat(PATTERNS).allSatisfy((pattern) -> assertThat(TopicPattern.ofLike(new TopicPattern(pattern).toLike()))
			.isEqualTo(new TopicPattern(pattern)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "a\0b" })
	void isNotBlankAndStorable(String pattern) {
		assertThatIllegalArgumentException().isThrownBy(() -> new TopicPattern(pattern));
	}

}
