package io.pyxbox.publish.rabbit;

import java.util.List;

import io.pyxbox.EventPublisher;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.PublishFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

class PyxboxRabbitAutoConfigurationTests {

	private final ApplicationContextRunner withoutFactory = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PyxboxRabbitAutoConfiguration.class))
		.withBean(CloudEventFormat.class, () -> new CloudEventFormat("test", PublishFormat.BINARY));

	private final ApplicationContextRunner runner = this.withoutFactory
		.withConfiguration(AutoConfigurations.of(RabbitAutoConfiguration.class));

	@Test
	void thereIsAPublisherNamedRabbitWhereSpringBootHasAConnectionFactory() {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(EventPublisher.class).hasBean("rabbit");
			assertThat(context.getBean("rabbit")).isInstanceOf(RabbitEventPublisher.class);
		});
	}

	@Test
	void thereIsNoneWithoutSpringAmqp() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.amqp", "com.rabbitmq"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void thereIsNoneWithoutAConnectionFactory() {
		this.withoutFactory.run((context) -> assertThat(context).doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void thereIsNoneWhereItIsSwitchedOff() {
		this.runner.withPropertyValues("pyxbox.rabbit.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void thereIsNoneWhereItCannotChooseAConnectionFactory() {
		this.withoutFactory.withBean("one", ConnectionFactory.class, CachingConnectionFactory::new)
			.withBean("two", ConnectionFactory.class, CachingConnectionFactory::new)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void aBeanOfThatNameReplacesIt() {
		EventPublisher own = (events) -> List.of();
		this.runner.withBean("rabbit", EventPublisher.class, () -> own)
			.run((context) -> assertThat(context.getBean(EventPublisher.class)).isSameAs(own));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"',
			value = { "ack-timeout=1ms| 'pyxbox.rabbit.ack-timeout' must be between 100ms and an hour",
					"ack-timeout=2h| 'pyxbox.rabbit.ack-timeout' must be between 100ms and an hour",
					"in-flight-per-key=0| 'pyxbox.rabbit.in-flight-per-key' must be at least 1" })
	void whatCannotWorkStopsTheStart(String property, String message) {
		this.runner.withPropertyValues("pyxbox.rabbit." + property)
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining(message));
	}

}
