package io.pyxbox.inbox.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.pyxbox.PyxboxException;
import org.junit.jupiter.api.Test;

import org.springframework.kafka.KafkaException;
import org.springframework.kafka.listener.BatchListenerFailedException;
import org.springframework.kafka.support.Acknowledgment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LateAcknowledgmentTests {

	private final List<String> said = new ArrayList<>();

	private final LateAcknowledgment late = new LateAcknowledgment(new Acknowledgment() {

		@Override
		public void acknowledge() {
			LateAcknowledgmentTests.this.said.add("acknowledge");
		}

		@Override
		public void nack(Duration sleep) {
			LateAcknowledgmentTests.this.said.add("nack " + sleep.toMillis());
		}

	});

	@Test
	void whatIsAcknowledgedIsPassedOnLater() {
		this.late.acknowledge();
		assertThat(this.said).isEmpty();

		this.late.passOn();
		assertThat(this.late.isRefused()).isFalse();
		assertThat(this.said).containsExactly("acknowledge");
	}

	@Test
	void whatIsAcknowledgedAfterThatIsPassedOnAtOnce() {
		this.late.passOn();
		assertThat(this.said).isEmpty();

		this.late.acknowledge();

		assertThat(this.said).containsExactly("acknowledge");
	}

	@Test
	void whatIsRefusedIsNotAcknowledged() {
		this.late.acknowledge();
		this.late.nack(Duration.ofMillis(7));
		assertThat(this.late.isRefused()).isTrue();

		this.late.passOn();

		assertThat(this.said).containsExactly("nack 7");
	}

	@Test
	void aPartOfABatchIsRefusedWithAWayOut() {
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> this.late.acknowledge(1))
			.withMessageContaining("acknowledge(index)")
			.withMessageContaining("Throw an exception");
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> this.late.nack(1, Duration.ZERO))
			.withMessageContaining("nack(index, sleep)")
			.withMessageContaining("inbox.receive(...)");

		assertThat(this.said).isEmpty();
	}

	@Test
	void aFailureThatIsAboutAPartOfABatchBecomesOneOfAllOfIt() {
		KafkaMessageReader reader = new KafkaMessageReader();
		Exception failure = new KafkaException("outside", new BatchListenerFailedException("inside", 3));

		assertThat(reader.ofWholeBatch(failure)).isInstanceOf(PyxboxException.class)
			.hasNoCause()
			.hasMessageContaining("inside")
			.hasSuppressedException(failure);
		assertThat(reader.ofWholeBatch(new KafkaException("of all of it"))).isNull();
	}

}
