package io.pyxbox.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

class MetadataTests {

	/** Their descriptions say what happens where they are not set. */
	private static final Set<String> WITHOUT_DEFAULT = Set.of("pyxbox.codec.types",
			"pyxbox.kafka.transaction-id-prefix", "pyxbox.poller.concurrency", "pyxbox.publish.publishers",
			"pyxbox.publish.routes", "pyxbox.publish.source", "pyxbox.schema-name", "pyxbox.schema.mode");

	private final Map<String, JsonNode> properties = properties();

	@Test
	void listsExactlyTheseKeys() {
		assertThat(this.properties).containsOnlyKeys("pyxbox.application-events.enabled",
				"pyxbox.circuit-breaker.failure-threshold", "pyxbox.circuit-breaker.initial-interval",
				"pyxbox.circuit-breaker.max-interval", "pyxbox.codec.default", "pyxbox.codec.gzip-threshold",
				"pyxbox.codec.types", "pyxbox.codec.zstd-threshold", "pyxbox.consumer-retention",
				"pyxbox.event-packages", "pyxbox.headers.max-size", "pyxbox.headers.mdc-keys", "pyxbox.inbox.retention",
				"pyxbox.kafka.ack-timeout", "pyxbox.kafka.enabled", "pyxbox.kafka.transaction-id-prefix",
				"pyxbox.kinesis.ack-timeout", "pyxbox.kinesis.check-streams", "pyxbox.kinesis.enabled",
				"pyxbox.kinesis.format", "pyxbox.kinesis.in-flight-per-key", "pyxbox.kinesis.max-request-size",
				"pyxbox.outbox.deduplication-window", "pyxbox.outbox.max-payload-size",
				"pyxbox.outbox.require-transaction", "pyxbox.poller.auto-startup", "pyxbox.poller.batch-size",
				"pyxbox.poller.concurrency", "pyxbox.poller.listener-timeout", "pyxbox.poller.network-timeout",
				"pyxbox.poller.notifications", "pyxbox.poller.poll-interval", "pyxbox.poller.shutdown-timeout",
				"pyxbox.publish.format", "pyxbox.publish.publishers", "pyxbox.publish.routes", "pyxbox.publish.source",
				"pyxbox.rabbit.ack-timeout", "pyxbox.rabbit.enabled", "pyxbox.rabbit.in-flight-per-key",
				"pyxbox.retry.excludes", "pyxbox.retry.initial-interval", "pyxbox.retry.jitter",
				"pyxbox.retry.max-attempts", "pyxbox.retry.max-interval", "pyxbox.retry.multiplier",
				"pyxbox.schema-name", "pyxbox.schema.mode", "pyxbox.sqs.ack-timeout", "pyxbox.sqs.check-queues",
				"pyxbox.sqs.enabled", "pyxbox.sqs.in-flight-per-key", "pyxbox.sqs.max-request-size",
				"pyxbox.table-name");
	}

	@Test
	void everyKeyHasADescriptionInTheStyleOfSpringBoot() {
		assertThat(this.properties).allSatisfy((name, property) -> {
			String description = property.path("description").asString("");
			assertThat(description).as(name).isNotBlank().endsWith(".").doesNotStartWith("The ").doesNotStartWith("A ");
			if (property.path("type").asString().equals("java.lang.Boolean")) {
				assertThat(description).as(name).startsWith("Whether ");
			}
		});
	}

	@Test
	void everyKeyHasADefaultOrSaysWhatHappensWithoutAValue() {
		assertThat(this.properties).allSatisfy((name, property) -> {
			if (WITHOUT_DEFAULT.contains(name)) {
				assertThat(property.has("defaultValue")).as(name).isFalse();
				assertThat(property.path("description").asString()).as(name).contains("By default ");
			}
			else {
				assertThat(property.has("defaultValue")).as(name).isTrue();
			}
		});
	}

	private static Map<String, JsonNode> properties() {
		Map<String, JsonNode> properties = new TreeMap<>();
		try (InputStream metadata = PyxboxProperties.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			JsonMapper.shared()
				.readTree(metadata)
				.path("properties")
				.forEach((property) -> properties.put(property.path("name").asString(), property));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return properties;
	}

}
