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
import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
	void aPrefixOfTransactionIdsMakesItTransactionalAndLeavesTheApplicationAsItIs() {
		this.runner.withPropertyValues("pyxbox.kafka.transaction-id-prefix=relay-").run((context) -> {
			assertThat(context.getBean("kafka")).isInstanceOf(TransactionalKafkaPublisher.class);
			assertThat(context.getBean(ProducerFactory.class).transactionCapable()).isFalse();
			assertThat(context).doesNotHaveBean(PlatformTransactionManager.class);
		});
	}

	@Test
	void anEmptyPrefixIsNone() {
		this.runner.withPropertyValues("pyxbox.kafka.transaction-id-prefix=")
			.run((context) -> assertThat(context.getBean("kafka")).isInstanceOf(KafkaEventPublisher.class));
	}

	@Test
	void aPrefixOfTransactionIdsThatTheApplicationHasAlreadyStopsTheStart() {
		this.runner
			.withPropertyValues("pyxbox.kafka.transaction-id-prefix=shop-",
					"spring.kafka.producer.transaction-id-prefix=shop-")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidPublishingException.class)
				.hasMessageContaining("'pyxbox.kafka.transaction-id-prefix' is that of the application's own"));
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

	@ParameterizedTest
	@ValueSource(strings = { "orders of today", "größe", "a/b", "..", "", "x250" })
	void knowsWhichTopicsThereCannotBe(String name) {
		this.runner.run((context) -> assertThatIllegalArgumentException()
			.isThrownBy(() -> context.getBean(EventPublisher.class)
				.checkDestination(name.equals("x250") ? "x".repeat(250) : name))
			.withMessageStartingWith("Kafka has no such topic."));
		this.runner.run((context) -> context.getBean(EventPublisher.class)
			.checkDestination("orders.of_Today-" + "x".repeat(230)));
	}

	@Test
	void leavesTheNamesOfTopicsToCustomizers() {
		this.runner.withBean(KafkaRecordCustomizer.class, () -> (record, event) -> record)
			.run((context) -> context.getBean(EventPublisher.class).checkDestination("orders of today"));
	}

	@Test
	void aTimeOutThatCannotWorkStopsTheStart() {
		this.runner.withPropertyValues("pyxbox.kafka.ack-timeout=1ms")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("'pyxbox.kafka.ack-timeout' must be between 100ms and an hour"));
	}

}
