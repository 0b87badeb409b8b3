package io.pyxbox.publish.kafka;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * With transactions the publisher for Kafka keeps the contract, too, and receivers see
 * all of a batch or nothing.
 */
class TransactionalKafkaPublisherTests extends KafkaPublisherContract {

	private final KafkaProducers producers = producers(factory(Map.of()), newName("transactions-"));

	private final TransactionalKafkaPublisher publisher = publisher();

	@AfterEach
	void closeProducers() {
		this.producers.close();
	}

	@Override
	protected TransactionalKafkaPublisher publisher() {
		return publisher(this.producers);
	}

	private static TransactionalKafkaPublisher publisher(KafkaProducers producers,
			KafkaRecordCustomizer... customizers) {
		return new TransactionalKafkaPublisher(producers, records(customizers), ACK_TIMEOUT);
	}

	@Test
	void receiversSeeNothingOfABatchThatIsNotComplete() throws Exception {
		String topic = emptyDestination();
		List<OutgoingEvent> batch = List.of(event(topic, "a", "{}"), event(topic, "b", "{}"),
				event(topic, "c", "{\"bad\": true}"));
		KafkaRecordCustomizer throwing = (record, event) -> {
			if (event.text().contains("bad")) {
				throw new IllegalStateException("bad");
			}
			return record;
		};

		List<PublishOutcome> outcomes = publisher(this.producers, throwing).publish(batch);

		assertThat(outcomes).extracting((outcome) -> outcome.getClass().getSimpleName())
			.containsExactly("NotSent", "NotSent", "Failed");
		assertThat(receivedBy(topic)).isEmpty();
		assertThat(this.publisher.publish(batch)).containsOnly(PublishOutcome.acked());
		assertThat(receivedBy(topic)).hasSize(3);
	}

	@Test
	void whoIsToBlameForABatchShowsWhenItsEventsComeOneByOne() throws Exception {
		String topic = newName("small-");
		broker().createTopic(new NewTopic(topic, 1, (short) 1).configs(Map.of("max.message.bytes", "1000")));
		OutgoingEvent tooLarge = event(topic, "b", "{\"x\": \"" + "x".repeat(2_000) + "\"}");

		assertThatIllegalStateException()
			.isThrownBy(() -> this.publisher.publish(List.of(event(topic, "a", "{}"), tooLarge)))
			.withMessageStartingWith("A transaction of 2 records was aborted: ");

		assertThat(this.publisher.publish(List.of(event(topic, "a", "{}")))).containsExactly(PublishOutcome.acked());
		assertThat(this.publisher.publish(List.of(tooLarge))).singleElement()
			.isInstanceOf(PublishOutcome.Rejected.class);
		assertThat(receivedBy(topic)).hasSize(1);
	}

	@Test
	void anEventThatIsToldOfTheFailureOfAnEarlierOneIsNotToBlame() throws Exception {
		String topic = newName("small-");
		broker().createTopic(new NewTopic(topic, 1, (short) 1).configs(Map.of("max.message.bytes", "1000")));
		CompletableFuture<Void> refused = new CompletableFuture<>();
		Refusals.heardBy = refused;
		KafkaRecordCustomizer waiting = (record, event) -> {
			if (event.text().contains("innocent")) {
				refused.orTimeout(60, TimeUnit.SECONDS).join();
			}
			return record;
		};
		List<OutgoingEvent> batch = List.of(event(topic, "a", "{\"x\": \"" + "x".repeat(2_000) + "\"}"),
				event(topic, "b", "{\"innocent\": true}"));

		try (KafkaProducers heard = producers(
				factory(Map.of(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG, Refusals.class.getName())),
				newName("transactions-"))) {
			assertThatIllegalStateException().isThrownBy(() -> publisher(heard, waiting).publish(batch))
				.withMessageStartingWith("A transaction of 2 records was aborted: ");
		}
	}

	@Test
	void whereKafkaIsSilentAboutSomeTheOthersOfTheTransactionWereNotSent() {
		PublishOutcome silence = PublishOutcome.destinationDown(new TimeoutException("No acknowledgement"));

		List<PublishOutcome> outcomes = TransactionalKafkaPublisher
			.blaming(List.of(PublishOutcome.acked(), silence, PublishOutcome.failed(new KafkaException("aborted"))));

		assertThat(outcomes).containsExactly(PublishOutcome.notSent(), silence, PublishOutcome.notSent());
	}

	@Test
	void anInterruptedCallLeavesNoTransactionOpen() throws Exception {
		String topic = emptyDestination();
		this.publisher.publish(events(topic, "key", 1));
		Thread.currentThread().interrupt();

		assertThatExceptionOfType(InterruptedException.class)
			.isThrownBy(() -> this.publisher.publish(events(topic, "key", 2)));

		assertThat(Thread.interrupted()).isFalse();
		assertThat(this.publisher.publish(events(topic, "key", 3))).hasSize(3).containsOnly(PublishOutcome.acked());
		assertThat(receivedBy(topic)).hasSize(4);
	}

	@Test
	void theNextWithTheSameIdEndsWhatAProcessThatDiedHasLeftOpen() throws Exception {
		String topic = emptyDestination();
		String prefix = newName("instance-");
		try (KafkaProducers dead = producers(factory(Map.of()), prefix);
				KafkaProducers stranger = producers(factory(Map.of()), newName("instance-"));
				KafkaProducers next = producers(factory(Map.of()), prefix)) {
			Producer<byte[], byte[]> left = dead.transactional();
			left.beginTransaction();
			left.send(records().of(event(topic, "key", "{\"n\": 1}"))).get();
			publisher(stranger).publish(List.of(event(topic, "key", "{\"n\": 2}")));
			assertThat(broker().readBeforeOpenTransactions(topic)).isEmpty();

			publisher(next).publish(List.of(event(topic, "key", "{\"n\": 3}")));

			assertThat(receivedBy(topic)).extracting(Received::body).containsExactly("{\"n\": 2}", "{\"n\": 3}");
			left.close();
		}
	}

	@Test
	void brokersThatNobodyAnswersForAreADestinationThatIsDown() throws Exception {
		try (KafkaProducers nowhere = producers(factory(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1")),
				newName("instance-"))) {
			assertThat(publisher(nowhere).publish(events("topic", null, 3))).hasSize(3)
				.allMatch(PublishOutcome.DestinationDown.class::isInstance);
		}
	}

	/**
	 * Tells when a record was refused, which is after its transaction has failed.
	 */
	public static final class Refusals implements ProducerInterceptor<byte[], byte[]> {

		private static volatile CompletableFuture<Void> heardBy = new CompletableFuture<>();

		@Override
		public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
			return record;
		}

		@Override
		public void onAcknowledgement(@Nullable RecordMetadata metadata, @Nullable Exception exception) {
			if (exception != null) {
				heardBy.complete(null);
			}
		}

		@Override
		public void close() {
			// Nothing is open.
		}

		@Override
		public void configure(Map<String, ?> configs) {
			// Nothing to set.
		}

	}

	@Test
	void idsOfTransactionsAreUsedAgainTheLowestFirst() {
		LowestFreeNumber numbers = new LowestFreeNumber();
		assertThat(List.of(numbers.acquireSuffix("a"), numbers.acquireSuffix("a"), numbers.acquireSuffix("a")))
			.containsExactly("0", "1", "2");

		numbers.releaseSuffix("a", "2");
		numbers.releaseSuffix("a", "0");

		assertThat(List.of(numbers.acquireSuffix("a"), numbers.acquireSuffix("a"), numbers.acquireSuffix("a")))
			.containsExactly("0", "2", "3");
	}

}
