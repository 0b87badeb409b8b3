package io.pyxbox.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.pyxbox.OnExhaustion;
import io.pyxbox.autoconfigure.PyxboxProperties.ApplicationEvents;
import io.pyxbox.autoconfigure.PyxboxProperties.CircuitBreaker;
import io.pyxbox.autoconfigure.PyxboxProperties.Codec;
import io.pyxbox.autoconfigure.PyxboxProperties.Headers;
import io.pyxbox.autoconfigure.PyxboxProperties.Inbox;
import io.pyxbox.autoconfigure.PyxboxProperties.Outbox;
import io.pyxbox.autoconfigure.PyxboxProperties.Poller;
import io.pyxbox.autoconfigure.PyxboxProperties.Publish;
import io.pyxbox.autoconfigure.PyxboxProperties.Publisher;
import io.pyxbox.autoconfigure.PyxboxProperties.Retry;
import io.pyxbox.autoconfigure.PyxboxProperties.Route;
import io.pyxbox.autoconfigure.PyxboxProperties.Schema;
import io.pyxbox.publish.PublishFormat;
import io.pyxbox.schema.SchemaMode;
import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;

class PyxboxPropertiesTests {

	@Test
	void haveDefaults() {
		assertThat(bind(Map.of())).isEqualTo(new PyxboxProperties("events", null, List.of(), new Schema(null),
				new Outbox(false, DataSize.ofMegabytes(1), Duration.ofHours(1)),
				new Poller(true, Duration.ofSeconds(1), true, null, 500, Duration.ofSeconds(20), Duration.ofMinutes(5),
						Duration.ofSeconds(30)),
				new Retry(10, Duration.ofMillis(200), 2, Duration.ofMinutes(10), 0.5, List.of()),
				new CircuitBreaker(5, Duration.ofSeconds(1), Duration.ofSeconds(30)),
				new Publish(null, PublishFormat.BINARY, List.of(), Map.of()), new Inbox(Duration.ofDays(7)),
				new Headers(DataSize.ofKilobytes(8), List.of()), new ApplicationEvents(true),
				new Codec("plain", Map.of(), DataSize.ofKilobytes(4), DataSize.ofKilobytes(4)), Duration.ofDays(7)));
	}

	@Test
	void canAllBeSet() {
		Map<String, String> values = Map.ofEntries(Map.entry("pyxbox.table-name", "outbox"),
				Map.entry("pyxbox.schema-name", "messaging"),
				Map.entry("pyxbox.event-packages", "com.example.orders,com.example.billing"),
				Map.entry("pyxbox.schema.mode", "none"), Map.entry("pyxbox.outbox.require-transaction", "true"),
				Map.entry("pyxbox.outbox.max-payload-size", "255MB"),
				Map.entry("pyxbox.outbox.deduplication-window", "2d"), Map.entry("pyxbox.poller.auto-startup", "false"),
				Map.entry("pyxbox.poller.poll-interval", "5s"), Map.entry("pyxbox.poller.concurrency", "8"),
				Map.entry("pyxbox.poller.batch-size", "10000"), Map.entry("pyxbox.poller.shutdown-timeout", "0s"),
				Map.entry("pyxbox.retry.max-attempts", "1"), Map.entry("pyxbox.retry.initial-interval", "1s"),
				Map.entry("pyxbox.retry.multiplier", "1"), Map.entry("pyxbox.retry.max-interval", "1s"),
				Map.entry("pyxbox.retry.jitter", "0"),
				Map.entry("pyxbox.retry.excludes", "java.lang.IllegalArgumentException"),
				Map.entry("pyxbox.poller.listener-timeout", "0s"), Map.entry("pyxbox.poller.notifications", "false"),
				Map.entry("pyxbox.poller.network-timeout", "1s"),
				Map.entry("pyxbox.circuit-breaker.failure-threshold", "1"),
				Map.entry("pyxbox.circuit-breaker.initial-interval", "2s"),
				Map.entry("pyxbox.circuit-breaker.max-interval", "2s"),
				Map.entry("pyxbox.publish.source", "https://example.com/orders"),
				Map.entry("pyxbox.publish.format", "structured"),
				Map.entry("pyxbox.publish.routes[0].topic", "orders-*"),
				Map.entry("pyxbox.publish.routes[0].publisher", "kafka"),
				Map.entry("pyxbox.publish.routes[0].destination", "all-orders"),
				Map.entry("pyxbox.publish.routes[1].topic", "invoices"),
				Map.entry("pyxbox.publish.publishers.kafka.on-exhaustion", "block"),
				Map.entry("pyxbox.inbox.retention", "30d"), Map.entry("pyxbox.headers.max-size", "1KB"),
				Map.entry("pyxbox.headers.mdc-keys", "user,request"),
				Map.entry("pyxbox.application-events.enabled", "false"), Map.entry("pyxbox.codec.default", "gzip"),
				Map.entry("pyxbox.codec.types[order.placed]", "aes-gcm"),
				Map.entry("pyxbox.codec.gzip-threshold", "0B"), Map.entry("pyxbox.codec.zstd-threshold", "1B"),
				Map.entry("pyxbox.consumer-retention", "1h"));

		assertThat(bind(values))
			.isEqualTo(new PyxboxProperties("outbox", "messaging", List.of("com.example.orders", "com.example.billing"),
					new Schema(SchemaMode.NONE), new Outbox(true, DataSize.ofMegabytes(255), Duration.ofDays(2)),
					new Poller(false, Duration.ofSeconds(5), false, 8, 10_000, Duration.ZERO, Duration.ZERO,
							Duration.ofSeconds(1)),
					new Retry(1, Duration.ofSeconds(1), 1, Duration.ofSeconds(1), 0,
							List.of(IllegalArgumentException.class)),
					new CircuitBreaker(1, Duration.ofSeconds(2), Duration.ofSeconds(2)),
					new Publish("https://example.com/orders", PublishFormat.STRUCTURED,
							List.of(new Route("orders-*", "kafka", "all-orders"), new Route("invoices", null, null)),
							Map.of("kafka", new Publisher(OnExhaustion.BLOCK))),
					new Inbox(Duration.ofDays(30)), new Headers(DataSize.ofKilobytes(1), List.of("user", "request")),
					new ApplicationEvents(false),
					new Codec("gzip", Map.of("order.placed", "aes-gcm"), DataSize.ofBytes(0), DataSize.ofBytes(1)),
					Duration.ofHours(1)));
	}

	private static PyxboxProperties bind(Map<String, String> values) {
		return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("pyxbox", PyxboxProperties.class);
	}

}
