package io.pyxbox.sample.broker;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.kafka.test.EmbeddedKafkaBroker;
import org.springframework.messaging.support.MessageBuilder;

import static org.assertj.core.api.Assertions.assertThat;

class SampleBrokerAutoConfigurationTests {

	private final ApplicationContextRunner application = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SampleBrokerAutoConfiguration.class, KafkaAutoConfiguration.class));

	@Test
	void inItsProfileThereIsABrokerThatTakesRecords() {
		this.application.withPropertyValues("spring.profiles.active=kafka").run((context) -> {
			context.getBean(KafkaAdmin.class).createOrModifyTopics(TopicBuilder.name("orders").build());

			KafkaTemplate<?, ?> template = context.getBean(KafkaTemplate.class);
			Object sent = template
				.send(MessageBuilder.withPayload("value").setHeader(KafkaHeaders.TOPIC, "orders").build())
				.get(30, TimeUnit.SECONDS);

			assertThat(sent).isNotNull();
		});
	}

	@Test
	void outsideOfItsProfileNothingIsStarted() {
		this.application.run((context) -> assertThat(context).doesNotHaveBean(EmbeddedKafkaBroker.class));
	}

	@Test
	void withServersNothingIsStarted() {
		this.application
			.withPropertyValues("spring.profiles.active=kafka", "spring.kafka.bootstrap-servers=kafka.example.com:9092")
			.run((context) -> {
				assertThat(context).doesNotHaveBean(EmbeddedKafkaBroker.class);
				assertThat(context.getBean(KafkaConnectionDetails.class).getBootstrapServers())
					.containsExactly("kafka.example.com:9092");
			});
	}

}
