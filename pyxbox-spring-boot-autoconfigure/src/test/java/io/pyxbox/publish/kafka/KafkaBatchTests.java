package io.pyxbox.publish.kafka;

import java.time.Duration;
import java.util.List;

import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.EventPublisherContract;
import io.pyxbox.publish.PublishFormat;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a batch concludes from what a producer says that no broker can be made to cause.
 */
class KafkaBatchTests {

	private final MockProducer<byte[], byte[]> producer = new MockProducer<>(true, null, new ByteArraySerializer(),
			new ByteArraySerializer());

	private final KafkaBatch batch = new KafkaBatch(this.producer,
			new KafkaRecords(new CloudEventFormat("orders", PublishFormat.BINARY), List.of()), Duration.ofSeconds(10));

	@Test
	void aProducerThatHasLostItsRightsMeansThatTheDestinationIsDown() throws Exception {
		for (RuntimeException reason : List.of(new ClusterAuthorizationException("no idempotent writes"),
				new SaslAuthenticationException("wrong password"))) {
			this.producer.sendException = new KafkaException("Cannot execute transactional method", reason);

			PublishOutcome outcome = new KafkaBatch(this.producer,
					new KafkaRecords(new CloudEventFormat("orders", PublishFormat.BINARY), List.of()),
					Duration.ofSeconds(10))
				.send(EventPublisherContract.event("orders", "a", "{}"));

			assertThat(outcome).as(reason.getMessage()).isInstanceOf(PublishOutcome.DestinationDown.class);
		}
	}

	@Test
	void whateverElseAProducerThrowsIsAFailureAfterWhichAnotherProducerIsNeeded() throws Exception {
		this.producer.sendException = new KafkaException("Out of order");

		PublishOutcome outcome = this.batch.send(EventPublisherContract.event("orders", "a", "{}"));

		assertThat(outcome).isInstanceOf(PublishOutcome.Failed.class);
		assertThat(this.batch.isDoubtful()).isTrue();
	}

}
