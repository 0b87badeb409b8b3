package io.pyxbox.publish.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.ProducerFactory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The publisher for Kafka keeps the contract, and does with Kafka what Kafka needs.
 */
class KafkaEventPublisherTests extends KafkaPublisherContract {

	private final List<KafkaEventPublisher> publishers = new ArrayList<>();

	private final EventPublisher publisher = publisher(factory(Map.of()));

	@AfterEach
	void closeProducers() {
		this.publishers.forEach(KafkaEventPublisher::close);
	}

	@Override
	protected EventPublisher publisher() {
		return this.publisher;
	}

	private EventPublisher publisher(ProducerFactory<?, ?> factory, KafkaRecordCustomizer... customizers) {
		KafkaEventPublisher publisher = new KafkaEventPublisher(producers(factory, null), records(customizers),
				ACK_TIMEOUT);
		this.publishers.add(publisher);
		return publisher;
	}

	@Test
	void sendsTheAttributesOfCloudEventsAndTheHeadersOfTheEmitter() throws Exception {
		String topic = emptyDestination();
		OutgoingEvent event = event(topic, "key", "{\"n\": 1}",
				Map.of("tenant", "blue", "ce_id", "of the emitter", "content-type", "of the emitter"));

		publisher().publish(List.of(event));

		assertThat(receivedBy(topic)).singleElement()
			.satisfies((received) -> assertThat(received.headers())
				.isEqualTo(Map.of("ce_specversion", "1.0", "ce_id", event.metadata().id().toString(), "ce_source",
						"orders", "ce_type", "ordered", "ce_time", "2030-01-02T03:04:05.678901Z", "ce_subject", "key",
						"content-type", "application/json", "tenant", "blue")));
		assertThat(broker().read(topic).get(0).headers().toArray()).as("none twice").hasSize(8);
	}

	@Test
	void nobodyButTheEventSaysWhatItIs() throws Exception {
		String topic = emptyDestination();

		publisher().publish(List.of(event(topic, null, "{}", Map.of("ce_subject", "of the emitter"))));

		assertThat(receivedBy(topic)).singleElement()
			.satisfies((received) -> assertThat(received.headers()).doesNotContainKey("ce_subject"));
	}

	@Test
	void customizersChangeTheRecordInTheirOrder() throws Exception {
		String topic = emptyDestination();
		KafkaRecordCustomizer partition = (record, event) -> new ProducerRecord<>(record.topic(), 2, record.key(),
				record.value(), record.headers());
		KafkaRecordCustomizer header = (record, event) -> {
			record.headers().add("partition", String.valueOf(record.partition()).getBytes(UTF_8));
			return record;
		};

		publisher(factory(Map.of()), partition, header).publish(events(topic, "key", 3));

		assertThat(broker().read(topic)).hasSize(3).allSatisfy((record) -> {
			assertThat(record.partition()).isEqualTo(2);
			assertThat(KafkaBroker.header(record, "partition")).isEqualTo("2");
		});
	}

	@Test
	void aCustomizerThatThrowsFailsItsEventAndHoldsBackItsKey() throws Exception {
		String topic = emptyDestination();
		OutgoingEvent bad = event(topic, "a", "{\"n\": 1}");
		KafkaRecordCustomizer throwing = (record, event) -> {
			if (event == bad) {
				throw new IllegalStateException("bad");
			}
			return record;
		};

		List<PublishOutcome> outcomes = publisher(factory(Map.of()), throwing)
			.publish(List.of(bad, event(topic, "a", "{}"), event(topic, "b", "{}")));

		assertThat(outcomes.get(0)).isInstanceOf(PublishOutcome.Failed.class);
		assertThat(outcomes.get(1)).isEqualTo(PublishOutcome.notSent());
		assertThat(outcomes.get(2)).isEqualTo(PublishOutcome.acked());
	}

	@Test
	void rejectsATopicThatCannotExist() throws Exception {
		List<PublishOutcome> outcomes = publisher().publish(List.of(event("no such/topic", "a", "{}")));

		assertThat(outcomes).singleElement()
			.isInstanceOfSatisfying(PublishOutcome.Rejected.class,
					(rejected) -> assertThat(rejected.cause()).isInstanceOf(InvalidTopicException.class));
	}

	@Test
	void failsTheEventsOfATopicThatDoesNotAppearAndWaitsForItOnce() throws Exception {
		String topic = emptyDestination();
		List<OutgoingEvent> batch = List.of(event("absent", "a", "{}"), event("absent", "b", "{}"),
				event(topic, "a", "{}"), event(topic, "c", "{}"), event("absent", null, "{}"));

		List<PublishOutcome> outcomes = publisher().publish(batch);

		assertThat(outcomes).extracting((outcome) -> outcome.getClass().getSimpleName())
			.containsExactly("Failed", "Failed", "NotSent", "Acked", "Failed");
		assertThat(List.of(outcomes.get(1), outcomes.get(4))).as("waited for once")
			.allMatch((outcome) -> outcome == outcomes.get(0));
		assertThat(receivedBy(topic)).hasSize(1);
	}

	@Test
	void failsTheEventsOfAPartitionThatThereIsNotAndNobodyElses() throws Exception {
		String topic = emptyDestination();
		KafkaRecordCustomizer byText = (record, event) -> new ProducerRecord<>(record.topic(),
				event.text().contains("lost") ? 7 : 0, record.key(), record.value(), record.headers());

		List<PublishOutcome> outcomes = publisher(factory(Map.of()), byText)
			.publish(List.of(event(topic, "a", "{\"lost\": 1}"), event(topic, "b", "{\"lost\": 2}"),
					event(topic, "c", "{\"n\": 3}")));

		assertThat(outcomes).extracting((outcome) -> outcome.getClass().getSimpleName())
			.containsExactly("Failed", "Failed", "Acked");
		assertThat(outcomes.get(1)).as("waited for once").isSameAs(outcomes.get(0));
		assertThat(outcomes.get(0)).isInstanceOfSatisfying(PublishOutcome.Failed.class,
				(failed) -> assertThat(failed.cause()).hasMessageContaining("Partition 7 of topic " + topic));
	}

	@Test
	void rejectsWhatTheTopicDoesNotTakeAlthoughTheProducerWould() throws Exception {
		String topic = newName("small-");
		broker().createTopic(new NewTopic(topic, 1, (short) 1).configs(Map.of("max.message.bytes", "1000")));
		List<OutgoingEvent> batch = List.of(event(topic, "a", "{\"n\": 1}"),
				event(topic, "a", "{\"x\": \"" + "x".repeat(2_000) + "\"}"), event(topic, "a", "{\"n\": 3}"));

		List<PublishOutcome> outcomes = publisher().publish(batch);

		assertThat(outcomes).extracting((outcome) -> outcome.getClass().getSimpleName())
			.containsExactly("Acked", "Rejected", "Acked");
		assertThat(outcomes.get(1)).isInstanceOfSatisfying(PublishOutcome.Rejected.class,
				(rejected) -> assertThat(rejected.cause()).isInstanceOf(RecordTooLargeException.class));
		assertThat(receivedBy(topic)).extracting(Received::body).containsExactly("{\"n\": 1}", "{\"n\": 3}");
	}

	@Test
	void brokersThatNobodyAnswersForAreADestinationThatIsDown() throws Exception {
		for (String servers : List.of("localhost:1", "no-such-host.invalid:9092")) {
			EventPublisher publisher = publisher(factory(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers)));

			List<PublishOutcome> outcomes = publisher.publish(events("topic", null, 3));

			assertThat(outcomes.get(0)).as(servers).isInstanceOf(PublishOutcome.DestinationDown.class);
			assertThat(outcomes).allMatch((outcome) -> outcome instanceof PublishOutcome.DestinationDown
					|| outcome instanceof PublishOutcome.NotSent);
		}
	}

	@Test
	void whatWasGivenUpDoesNotArriveLater() throws Exception {
		String topic = emptyDestination();
		publisher().publish(List.of(event(topic, "key", "{\"n\": 1}")));
		takeDown();
		List<PublishOutcome> outcomes = publisher().publish(List.of(event(topic, "key", "{\"n\": 2}")));
		bringBack();

		await().until(() -> publisher().publish(List.of(event(topic, "key", "{\"n\": 3}"))),
				List.of(PublishOutcome.acked())::equals);

		assertThat(outcomes).hasOnlyElementsOfType(PublishOutcome.DestinationDown.class);
		assertThat(receivedBy(topic)).extracting(Received::body)
			.contains("{\"n\": 1}", "{\"n\": 3}")
			.doesNotContain("{\"n\": 2}");
	}

	@Test
	void worksWithAFactoryThatIsSetAgainstIt() throws Exception {
		String topic = emptyDestination();
		DefaultKafkaProducerFactory<String, String> factory = factory(
				Map.of(ProducerConfig.ACKS_CONFIG, "0", ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false,
						ProducerConfig.RETRIES_CONFIG, "0", ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "100",
						ProducerConfig.LINGER_MS_CONFIG, "60000", ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "100",
						ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "1000", ProducerConfig.CLIENT_ID_CONFIG, "shop"));
		factory.setTransactionIdPrefix("tx-");

		List<PublishOutcome> outcomes = publisher(factory).publish(events(topic, "key", 10));

		assertThat(outcomes).hasSize(10).containsOnly(PublishOutcome.acked());
	}

}
