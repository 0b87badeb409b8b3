package io.pyxbox.sample.broker;

import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Profile;
import org.springframework.kafka.test.EmbeddedKafkaBroker;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

/**
 * Starts a Kafka in this process, in the profile {@code kafka} and if
 * {@code spring.kafka.bootstrap-servers} is not set. What is in it is gone when it ends.
 */
@AutoConfiguration(before = KafkaAutoConfiguration.class)
@Profile("kafka")
@Conditional(SampleBrokerAutoConfiguration.OnNoBrokerGiven.class)
@ConditionalOnMissingBean(KafkaConnectionDetails.class)
public final class SampleBrokerAutoConfiguration {

	/**
	 * What the broker logs; not what its clients do. It also complains when it ends,
	 * because its folder is deleted at the same time.
	 */
	private static final List<String> LOGGERS = List.of("kafka", "state.change.logger", "org.apache.kafka.controller",
			"org.apache.kafka.coordinator", "org.apache.kafka.image", "org.apache.kafka.metadata",
			"org.apache.kafka.raft", "org.apache.kafka.server", "org.apache.kafka.storage");

	private static final Logger logger = LoggerFactory.getLogger(SampleBrokerAutoConfiguration.class);

	@Bean
	EmbeddedKafkaBroker sampleBroker() {
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		LOGGERS.forEach((name) -> logging.setLogLevel(name, LogLevel.OFF));
		EmbeddedKafkaKraftBroker broker = new EmbeddedKafkaKraftBroker(1, 1);
		// By itself it sets a system property, for good, that says that servers are
		// given.
		broker.brokerListProperty("sample.broker.servers");
		broker.brokerProperties(Map.of("auto.create.topics.enable", "false", "offsets.topic.replication.factor", "1"));
		return broker;
	}

	@Bean
	KafkaConnectionDetails sampleBrokerConnectionDetails(EmbeddedKafkaBroker broker) {
		String servers = broker.getBrokersAsString();
		logger.info("No spring.kafka.bootstrap-servers, so Kafka was started: {}", servers);
		return () -> List.of(servers);
	}

	static final class OnNoBrokerGiven extends NoneNestedConditions {

		OnNoBrokerGiven() {
			super(ConfigurationPhase.REGISTER_BEAN);
		}

		@ConditionalOnProperty("spring.kafka.bootstrap-servers")
		static final class ServersGiven {

		}

	}

}
