package io.pyxbox.publish.sqs;

import java.util.List;

import io.pyxbox.EventPublisher;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.PublishFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

class PyxboxSqsAutoConfigurationTests {

	private final ApplicationContextRunner withoutClient = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PyxboxSqsAutoConfiguration.class))
		.withBean(CloudEventFormat.class, () -> new CloudEventFormat("test", PublishFormat.BINARY));

	private final ApplicationContextRunner runner = this.withoutClient.withBean(SqsAsyncClient.class,
			() -> SqsServer.client("http://localhost:1"));

	@Test
	void thereIsAPublisherNamedSqsWhereThereIsAClient() {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(EventPublisher.class).hasBean("sqs");
			assertThat(context.getBean("sqs")).isInstanceOf(SqsEventPublisher.class);
		});
	}

	@Test
	void thereIsNoneWithoutTheLibrary() {
		this.withoutClient.withClassLoader(new FilteredClassLoader("software.amazon.awssdk"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void thereIsNoneWithoutAClient() {
		this.withoutClient.run((context) -> assertThat(context).doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void thereIsNoneWhereItIsSwitchedOff() {
		this.runner.withPropertyValues("pyxbox.sqs.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void thereIsNoneWhereItCannotChooseAClient() {
		this.runner.withBean("other", SqsAsyncClient.class, () -> SqsServer.client("http://localhost:1"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(EventPublisher.class));
	}

	@Test
	void aBeanOfThatNameReplacesIt() {
		EventPublisher own = (events) -> List.of();
		this.runner.withBean("sqs", EventPublisher.class, () -> own)
			.run((context) -> assertThat(context.getBean(EventPublisher.class)).isSameAs(own));
	}

	@ParameterizedTest
	@CsvSource({ "ack-timeout=1ms, 'must be between 100ms and an hour'", "in-flight-per-key=0, 'must be at least 1'",
			"max-request-size=2MB, 'must be between 1B and 1MB'", "max-request-size=0B, 'must be between 1B and 1MB'" })
	void aValueThatCannotWorkStopsTheStart(String property, String message) {
		this.runner.withPropertyValues("pyxbox.sqs." + property)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("'pyxbox.sqs." + property.substring(0, property.indexOf('=')) + "' " + message));
	}

}
