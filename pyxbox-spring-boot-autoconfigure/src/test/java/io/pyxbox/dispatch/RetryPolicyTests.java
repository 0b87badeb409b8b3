package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.Set;
import java.util.Arrays;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class RetryPolicyTests {

	private final Throwable cause = new IllegalStateException("no stock");

	@Test
	void waitsLongerAfterEachAttemptUpToTheMaximum() {
		RetryPolicy policy = policy(10, 200, 2, 1_500, 0);

		assertThat(LongStream.rangeClosed(1, 6).map((attempt) -> policy.intervalAfter((int) attempt).toMillis()))
			.containsExactly(200L, 400L, 800L, 1_500L, 1_500L, 1_500L);
	}

	@Test
	void keepsTheIntervalWithAMultiplierOfOne() {
		RetryPolicy policy = policy(10, 200, 1, 10_000, 0);

		assertThat(policy.intervalAfter(1)).hasMillis(200);
		assertThat(policy.intervalAfter(9)).hasMillis(200);
	}

	@Test
	void doesNotOverflowAfterManyAttempts() {
		RetryPolicy policy = policy(Integer.MAX_VALUE, 200, 1_000_000, Duration.ofDays(3650).toMillis(), 1);

		assertThat(policy.intervalAfter(10_000)).isBetween(Duration.ofMillis(200), Duration.ofDays(3650));
	}

	@Test
	void variesAtRandomByNoMoreThanTheJitterAllows() {
		RetryPolicy policy = policy(10, 1_000, 2, 600_000, 0.5);

		long[] millis = LongStream.range(0, 2_000).map((i) -> policy.intervalAfter(4).toMillis()).toArray();

		assertThat(Arrays.stream(millis).min().orElseThrow()).isBetween(4_000L, 4_500L);
		assertThat(Arrays.stream(millis).max().orElseThrow()).isBetween(11_500L, 12_000L);
	}

	@Test
	void leavesTheRangeOfIntervalsNeitherBelowNorAbove() {
		RetryPolicy policy = policy(10, 1_000, 2, 4_000, 1);

		long[] first = LongStream.range(0, 2_000).map((i) -> policy.intervalAfter(1).toMillis()).toArray();
		long[] last = LongStream.range(0, 2_000).map((i) -> policy.intervalAfter(8).toMillis()).toArray();

		assertThat(Arrays.stream(first).min().orElseThrow()).isGreaterThanOrEqualTo(1_000);
		assertThat(Arrays.stream(last).max().orElseThrow()).isLessThanOrEqualTo(4_000);
	}

	@Test
	void isExhaustedWithTheLastAttempt() {
		RetryPolicy policy = policy(3, 200, 2, 1_000, 0);

		assertThat(policy.isLast(2, this.cause)).isFalse();
		assertThat(policy.isLast(3, this.cause)).isTrue();
		assertThat(policy(1, 200, 2, 1_000, 0).isLast(1, this.cause)).isTrue();
	}

	@Test
	void isExhaustedAtOnceByWhatIsExcluded() {
		RetryPolicy policy = new RetryPolicy(3, Duration.ofMillis(200), 2, Duration.ofSeconds(1), 0,
				Set.of(IllegalArgumentException.class));

		assertThat(policy.isLast(1, new NumberFormatException("a subclass"))).isTrue();
		assertThat(policy.isLast(1, new IllegalStateException(new IllegalArgumentException("a cause")))).isTrue();
		assertThat(policy.isLast(1, this.cause)).isFalse();
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			0, 200, 2,   1000, 0,    max-attempts
			3, 0,   2,   1000, 0,    initial-interval
			3, 200, 0.9, 1000, 0,    multiplier
			3, 200, NaN, 1000, 0,    multiplier
			3, 200, 2,   199,  0,    max-interval
			3, 200, 2,   1000, -0.1, jitter
			3, 200, 2,   1000, 1.1,  jitter
			3, 200, 2,   1000, NaN,  jitter
			""")
	void refusesWhatCannotWorkAndNamesIt(int maxAttempts, long initial, double multiplier, long max, double jitter,
			String culprit) {
		assertThatIllegalArgumentException().isThrownBy(() -> policy(maxAttempts, initial, multiplier, max, jitter))
			.withMessageStartingWith(culprit);
	}

	private static RetryPolicy policy(int maxAttempts, long initial, double multiplier, long max, double jitter) {
		return new RetryPolicy(maxAttempts, Duration.ofMillis(initial), multiplier, Duration.ofMillis(max), jitter,
				Set.of());
	}

}
