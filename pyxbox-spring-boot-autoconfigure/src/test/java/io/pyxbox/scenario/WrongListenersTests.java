package io.pyxbox.scenario;

import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.pyxbox.DeliveryIsolation;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.PyxboxException;
import io.pyxbox.Retry;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A listener that is wrong fails at start-up, with a message that says what and where.
 */
class WrongListenersTests {

	private static final String TOO_LONG = "0123456789012345678901234567890123456789012345678901234567890123456789"
			+ "0123456789012345678901234567890123456789012345678901234567890123456789"
			+ "0123456789012345678901234567890123456789012345678901234567890123456789";

	private static TestDatabase database;

	@BeforeAll
	static void create() {
		database = TestDatabase.create();
	}

	@AfterAll
	static void drop() {
		database.close();
	}

	@ParameterizedTest
	@ValueSource(classes = { NoParameter.class, TwoEvents.class, MetadataAlone.class, MetadataFirst.class,
			MetadataAfterAList.class, MetadataAfterAnEnvelope.class, ThreeParameters.class, AResult.class,
			AFuture.class, APrimitive.class, AListOfLists.class, AnEnvelopeOfAnEnvelope.class,
			ATypeThatIsNotAssignable.class, NoConcurrency.class, NegativeConcurrency.class, NoAttempts.class,
			AShrinkingInterval.class, TooMuchJitter.class, NoDuration.class, NegativeInterval.class,
			IntervalAboveTheLongest.class, AnUnknownPlaceholder.class, AnUnknownConsumerPlaceholder.class,
			ATooLongConsumer.class })
	void aWrongListenerFailsAtStartUpAndIsNamed(Class<?> wrong) {
		String message = messageOfFailureWith(wrong);

		assertThat(message).contains("wrong").contains("handle");
	}

	@Test
	void twoListenersThatWouldHaveTheSameConsumerByDefaultFail() {
		String message = messageOfFailureWith(Overloaded.class);

		assertThat(message).contains("wrong").contains("handle").contains("consumer");
	}

	@ParameterizedTest
	@ValueSource(classes = { DisagreeingAboutTransactions.class, DisagreeingAboutIsolation.class,
			DisagreeingAboutConcurrency.class, DisagreeingAboutRetries.class })
	void listenersOfOneConsumerThatDisagreeFail(Class<?> wrong) {
		String message = messageOfFailureWith(wrong);

		assertThat(message).contains("shared").contains("wrong").contains("handle").contains("treat");
	}

	@Test
	void aRightListenerStarts() {
		TestApplication.start(List.of(App.class, Right.class), TestApplication.arguments(database)).close();
	}

	private static String messageOfFailureWith(Class<?> wrong) {
		Throwable failure = catchThrowable(
				() -> TestApplication
					.start(List.of(App.class, wrong),
							TestApplication.arguments(database, "pyxbox.poller.auto-startup=false",
									"pyxbox.schema.mode=none"))
					.close());
		assertThat(failure).as("It starts").isNotNull();
		// The cause at the end is what a failure report shows.
		Throwable cause = failure;
		while (cause.getCause() != null && !(cause instanceof PyxboxException)) {
			cause = cause.getCause();
		}
		return String.valueOf(cause.getMessage());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

	@Component("wrong")
	static class Right {

		@OutboxListener
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class NoParameter {

		@OutboxListener
		void handle() {
		}

	}

	@Component("wrong")
	static class TwoEvents {

		@OutboxListener
		void handle(Counted first, Counted second) {
		}

	}

	@Component("wrong")
	static class MetadataAlone {

		@OutboxListener
		void handle(EventMetadata metadata) {
		}

	}

	@Component("wrong")
	static class MetadataFirst {

		@OutboxListener
		void handle(EventMetadata metadata, Counted event) {
		}

	}

	@Component("wrong")
	static class MetadataAfterAList {

		@OutboxListener
		void handle(List<Counted> events, EventMetadata metadata) {
		}

	}

	@Component("wrong")
	static class MetadataAfterAnEnvelope {

		@OutboxListener
		void handle(EventEnvelope<Counted> envelope, EventMetadata metadata) {
		}

	}

	@Component("wrong")
	static class ThreeParameters {

		@OutboxListener
		void handle(Counted event, EventMetadata metadata, String more) {
		}

	}

	@Component("wrong")
	static class AResult {

		@OutboxListener
		String handle(Counted event) {
			return null;
		}

	}

	@Component("wrong")
	static class AFuture {

		@OutboxListener
		CompletableFuture<Void> handle(Counted event) {
			return null;
		}

	}

	@Component("wrong")
	static class APrimitive {

		@OutboxListener
		void handle(int event) {
		}

	}

	@Component("wrong")
	static class AListOfLists {

		@OutboxListener
		void handle(List<List<Counted>> events) {
		}

	}

	@Component("wrong")
	static class AnEnvelopeOfAnEnvelope {

		@OutboxListener
		void handle(EventEnvelope<EventEnvelope<Counted>> event) {
		}

	}

	@Component("wrong")
	static class ATypeThatIsNotAssignable {

		@OutboxListener(types = Shop.Ordered.class)
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class NoConcurrency {

		@OutboxListener(concurrency = 0)
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class NegativeConcurrency {

		@OutboxListener(concurrency = -5)
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class NoAttempts {

		@OutboxListener(retry = @Retry(maxAttempts = 0))
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class AShrinkingInterval {

		@OutboxListener(retry = @Retry(multiplier = 0.5))
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class TooMuchJitter {

		@OutboxListener(retry = @Retry(jitter = 2))
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class NoDuration {

		@OutboxListener(retry = @Retry(initialInterval = "soon"))
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class NegativeInterval {

		@OutboxListener(retry = @Retry(initialInterval = "-1s"))
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class IntervalAboveTheLongest {

		@OutboxListener(retry = @Retry(initialInterval = "2s", maxInterval = "1s"))
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class AnUnknownPlaceholder {

		@OutboxListener(topics = "${nobody.knows.this}")
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class AnUnknownConsumerPlaceholder {

		@OutboxListener(consumer = "${nobody.knows.this}")
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class ATooLongConsumer {

		@OutboxListener(consumer = TOO_LONG)
		void handle(Counted event) {
		}

	}

	@Component("wrong")
	static class Overloaded {

		@OutboxListener
		void handle(Counted event) {
		}

		@OutboxListener
		void handle(Shop.Ordered event) {
		}

	}

	@Component("wrong")
	static class DisagreeingAboutTransactions {

		@OutboxListener(consumer = "shared")
		void handle(Counted event) {
		}

		@OutboxListener(consumer = "shared", transactional = false)
		void treat(Shop.Ordered event) {
		}

	}

	@Component("wrong")
	static class DisagreeingAboutIsolation {

		@OutboxListener(consumer = "shared")
		void handle(Counted event) {
		}

		@OutboxListener(consumer = "shared", isolation = DeliveryIsolation.CHUNK)
		void treat(Shop.Ordered event) {
		}

	}

	@Component("wrong")
	static class DisagreeingAboutConcurrency {

		@OutboxListener(consumer = "shared")
		void handle(Counted event) {
		}

		@OutboxListener(consumer = "shared", concurrency = 3)
		void treat(Shop.Ordered event) {
		}

	}

	@Component("wrong")
	static class DisagreeingAboutRetries {

		@OutboxListener(consumer = "shared")
		void handle(Counted event) {
		}

		@OutboxListener(consumer = "shared", retry = @Retry(maxAttempts = 7))
		void treat(Shop.Ordered event) {
		}

	}

}
