package io.pyxbox.dispatch;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.pyxbox.DestinationUnavailableException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class CircuitBreakerTests {

	private final CircuitBreaker circuit = new CircuitBreaker(
			new CircuitSettings(3, Duration.ofMillis(50), Duration.ofMillis(150)));

	private final Throwable silence = new SocketTimeoutException("Read timed out");

	private final Throwable refusal = new ConnectException("Connection refused");

	@Test
	void opensWhenDifferentEventsFailInARow() {
		assertThat(miss(1, this.silence)).isFalse();
		assertThat(miss(2, this.silence)).isFalse();
		assertThat(this.circuit.isClosed()).isTrue();

		assertThat(miss(3, this.silence)).isTrue();

		assertThat(this.circuit.isClosed()).isFalse();
		assertThat(this.circuit.nanosUntilProbe(System.nanoTime())).isPositive();
		assertThat(miss(4, this.silence)).as("opened once").isFalse();
	}

	@Test
	void staysClosedForOneEventThatFailsOverAndOver() {
		for (int i = 0; i < 10; i++) {
			assertThat(miss(1, this.silence)).isFalse();
		}

		assertThat(this.circuit.isClosed()).isTrue();
	}

	@Test
	void opensForOneEventWhoseConnectionIsRefusedOverAndOver() {
		miss(1, this.refusal);
		miss(1, this.refusal);

		assertThat(miss(1, this.refusal)).isTrue();
	}

	@Test
	void staysClosedIfTheDestinationIsReachedInBetween() {
		miss(1, this.refusal);
		miss(2, this.refusal);
		assertThat(this.circuit.reached()).isFalse();
		miss(3, this.refusal);
		miss(4, this.refusal);

		assertThat(this.circuit.isClosed()).isTrue();
	}

	@Test
	void opensAtOnceIfTheListenerSaysSo() {
		assertThat(miss(1, new IllegalStateException(new DestinationUnavailableException("closed", null)))).isTrue();
	}

	@Test
	void isClosedByTheFirstDeliveryThatReachesTheDestination() {
		open();

		assertThat(this.circuit.reached()).isTrue();

		assertThat(this.circuit.isClosed()).isTrue();
		assertThat(this.circuit.nanosUntilProbe(System.nanoTime())).isZero();
		assertThat(this.circuit.limit()).isEqualTo(Integer.MAX_VALUE);
	}

	@Test
	void letsAFewBeTriedAfterAWhile() {
		open();

		await().atMost(Duration.ofSeconds(10)).until(() -> this.circuit.nanosUntilProbe(System.nanoTime()) <= 0);

		assertThat(this.circuit.isClosed()).isFalse();
		assertThat(this.circuit.limit()).isEqualTo(3);
	}

	@Test
	void waitsLongerEachTimeUpToALimit() {
		CircuitBreaker slow = new CircuitBreaker(new CircuitSettings(1, Duration.ofHours(1), Duration.ofHours(3)));
		slow.missed(StubTarget.event(1, null), this.silence);
		assertThat(hours(slow)).isBetween(0.9, 1.26);

		slow.pause();
		assertThat(hours(slow)).isBetween(1.9, 2.51);
		slow.pause();
		slow.pause();
		assertThat(hours(slow)).isBetween(2.9, 3.76);

		slow.reached();
		slow.missed(StubTarget.event(1, null), this.silence);
		assertThat(hours(slow)).isBetween(0.9, 1.26);
	}

	private static double hours(CircuitBreaker circuit) {
		return TimeUnit.NANOSECONDS.toSeconds(circuit.nanosUntilProbe(System.nanoTime())) / 3600.0;
	}

	private void open() {
		miss(1, this.silence);
		miss(2, this.silence);
		miss(3, this.silence);
	}

	private boolean miss(long id, Throwable cause) {
		return this.circuit.missed(StubTarget.event(id, null), cause);
	}

}
