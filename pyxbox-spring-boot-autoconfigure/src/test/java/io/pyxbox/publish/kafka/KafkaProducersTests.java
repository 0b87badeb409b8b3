package io.pyxbox.publish.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.ProducerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the producer has in place of what the application's has.
 */
class KafkaProducersTests {

	private final Map<String, Object> overrides = new HashMap<>();

	/**
	 * A broker that has never seen a producer takes any first batch of it. Of two batches
	 * on their way, it must not take the second one while it refuses the first.
	 */
	@Test
	void sendsToAPartitionOneBatchAfterTheOtherWhateverTheApplicationSays() {
		derive(Map.of(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "5"), null);

		assertThat(this.overrides).containsEntry(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
	}

	@Test
	void inTransactionsBrokersAskWhetherAFirstBatchIsTheFirst() {
		derive(Map.of(), "shop-");

		assertThat(this.overrides).containsEntry(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
	}

	private void derive(Map<String, Object> settings, @Nullable String transactionIdPrefix) {
		Map<String, Object> all = new HashMap<>(settings);
		all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
		DefaultKafkaProducerFactory<String, String> applications = new DefaultKafkaProducerFactory<>(all,
				new StringSerializer(), new StringSerializer()) {

			@Override
			public ProducerFactory<String, String> copyWithConfigurationOverride(Map<String, Object> properties) {
				KafkaProducersTests.this.overrides.putAll(properties);
				return super.copyWithConfigurationOverride(properties);
			}

		};
		new KafkaProducers(applications, new KafkaPublisherProperties(true, Duration.ofSeconds(1), transactionIdPrefix))
			.close();
	}

}
