package io.pyxbox.publish.kafka;

import java.util.List;
import java.util.Map;

import io.pyxbox.EventPublisher;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.InvalidPublishingException;
import io.pyxbox.publish.PublishFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.ProducerFactory;

import static org.assertj.core.api.Assertions.assertThat;

class PyxboxKafkaAutoConfigurationTests {

	private final ApplicationContextRunner withoutFactory = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PyxboxKafkaAutoConfiguration.class))
		.withBean(CloudEventFormat.class, () -> new CloudEventFormat("test", PublishFormat.BINARY));

	private final ApplicationContextRunner runner = this.withoutFactory
		.withConfiguration(AutoConfigurations.of(KafkaAutoConfiguration.class));

	@Test
	void thereIsAPublisherNamedKafkaWhereSpringBootHasAProducerFactory() {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(EventPublisher.class).hasBean("kafka");
			assertThat(context.getBean("kafka")).isInstanceOf(KafkaEventPublisher.class);
		});
	}

	@Test
	void thereIsNoneWithoutSpringKafka() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.kafka", "org.apache.kafka"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void thereIsNoneWithoutAProducerFactory() {
		this.withoutFactory.run((context) -> assertThat(context).doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void thereIsNoneWhereItIsSwitchedOff() {
		this.runner.withPropertyValues("pyxbox.kafka.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void thereIsNoneWhereItCannotChooseAProducerFactory() {
		this.withoutFactory.withBean("one", ProducerFactory.class, () -> new DefaultKafkaProducerFactory<>(Map.of()))
			.withBean("two", ProducerFactory.class, () -> new DefaultKafkaProducerFactory<>(Map.of()))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void aBeanOfThatNameReplacesIt() {
		EventPublisher own = (events) -> List.of();
		this.runner.withBean("kafka", EventPublisher.class, () -> own)
			.run((context) -> assertThat(context.getBean(EventPublisher.class)).isSameAs(own));
	}

	@Test
	void transactionsNeedAPrefixOfTheirIds() {
		this.runner.withPropertyValues("pyxbox.kafka.transactional=true")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidPublishingException.class)
				.hasMessageContaining("the ProducerFactory has no prefix for transaction ids"));
		this.runner
			.withPropertyValues("pyxbox.kafka.transactional=true", "spring.kafka.producer.transaction-id-prefix=shop-")
			.run((context) -> assertThat(context.getBean("kafka")).isInstanceOf(TransactionalKafkaPublisher.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "linger.ms=soon", "compression.type=tight" })
	void aConfigurationOfTheProducerThatCannotWorkStopsTheStart(String property) {
		this.runner.withPropertyValues("spring.kafka.producer.properties." + property)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidPublishingException.class)
				.hasMessageContaining(property.substring(property.indexOf('=') + 1)));
	}

	@Test
	void aTimeOutThatCannotWorkStopsTheStart() {
		this.runner.withPropertyValues("pyxbox.kafka.ack-timeout=1ms")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("'pyxbox.kafka.ack-timeout' must be between 100ms and an hour"));
	}

}
