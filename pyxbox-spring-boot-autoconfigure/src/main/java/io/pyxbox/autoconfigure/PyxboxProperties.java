package io.pyxbox.autoconfigure;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.pyxbox.OnExhaustion;
import io.pyxbox.dispatch.DeliverySettings;
import io.pyxbox.publish.PublishFormat;
import io.pyxbox.publish.PublishRoute;
import io.pyxbox.publish.PublishSettings;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.TopicPattern;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

/**
 * The properties {@code pyxbox.*}. Values out of range are refused at start-up.
 *
 * @param tableName Name of the table of events. The names of the other tables derive from
 * it. Changing it creates new tables and leaves the events in the old ones.
 * @param schemaName Schema of the tables, created if it is missing. By default the
 * current schema of the connection.
 * @param eventPackages Comma-separated list of packages to search for event types. By
 * default the packages of the application.
 * @param schema the tables at start-up
 * @param outbox emitting
 * @param poller delivering
 * @param retry failing
 * @param circuitBreaker failing of everything
 * @param publish passing on
 * @param inbox receiving
 * @param headers telling more
 * @param applicationEvents taking part in Spring's
 * @param codec storing in another form
 * @param consumerRetention For how long events are kept for a consumer that no running
 * instance declares any more.
 */
@ConfigurationProperties("pyxbox")
public record PyxboxProperties(@DefaultValue("events") String tableName, @Nullable String schemaName,
		@DefaultValue List<String> eventPackages, @DefaultValue Schema schema, @DefaultValue Outbox outbox,
		@DefaultValue Poller poller, @DefaultValue Retry retry, @DefaultValue CircuitBreaker circuitBreaker,
		@DefaultValue Publish publish, @DefaultValue Inbox inbox, @DefaultValue Headers headers,
		@DefaultValue ApplicationEvents applicationEvents, @DefaultValue Codec codec,
		@DefaultValue("7d") Duration consumerRetention) {

	private static final Duration MIN_RETENTION = Duration.ofHours(1);

	public PyxboxProperties {
		EventTable.validateTableName(tableName);
		if (schemaName != null) {
			EventTable.validateSchemaName(schemaName);
		}
		eventPackages = List.copyOf(eventPackages);
		check(consumerRetention.compareTo(MIN_RETENTION) >= 0, "consumer-retention", consumerRetention,
				"at least an hour: instances say once a minute which consumers they have");
	}

	private static void check(boolean valid, String property, Object value, String rule) {
		if (!valid) {
			throw new IllegalArgumentException("'pyxbox." + property + "' must be " + rule + ", but is " + value);
		}
	}

	private static boolean isPositive(Duration duration) {
		return duration.compareTo(Duration.ZERO) > 0;
	}

	/**
	 * The tables at start-up.
	 *
	 * @param mode What happens to the tables at start-up. By default they are migrated if
	 * Flyway and its PostgreSQL module are on the class path, else validated.
	 */
	public record Schema(@Nullable SchemaMode mode) {

	}

	/**
	 * Emitting.
	 *
	 * @param requireTransaction Whether to refuse events that are emitted outside a
	 * transaction.
	 * @param maxPayloadSize Largest payload of an event, as serialized JSON.
	 * @param deduplicationWindow For how long after an event was emitted, or was due if
	 * it is delayed, no other one is stored under its deduplication key. While it waits
	 * for its delivery, none is in any case.
	 */
	public record Outbox(@DefaultValue("false") boolean requireTransaction,
			@DefaultValue("1MB") DataSize maxPayloadSize, @DefaultValue("1h") Duration deduplicationWindow) {

		private static final long JSONB_LIMIT_IN_MEGABYTES = 255;

		public Outbox {
			check(maxPayloadSize.toBytes() > 0 && maxPayloadSize.toMegabytes() <= JSONB_LIMIT_IN_MEGABYTES,
					"outbox.max-payload-size", maxPayloadSize, "between 1B and 255MB, the limit of PostgreSQL's jsonb");
			check(isPositive(deduplicationWindow), "outbox.deduplication-window", deduplicationWindow,
					"a positive duration");
		}

	}

	/**
	 * Delivering.
	 *
	 * @param autoStartup Whether to deliver events. An instance that does not can still
	 * emit them.
	 * @param pollInterval How often to look for events that nobody has announced: those
	 * of other instances, and those left behind by a crash.
	 * @param notifications Whether instances tell each other at once of events that would
	 * be found by polling otherwise. Takes one connection beside the pool, and does
	 * nothing with a pool other than HikariCP or behind a pooler like PgBouncer.
	 * @param concurrency Number of transactions that may deliver at the same time, each
	 * with a connection of its own. By default derived from the processors, the size of
	 * the connection pool and the number of consumers.
	 * @param batchSize Largest number of events to read at once.
	 * @param shutdownTimeout How long to wait at shutdown for running deliveries before
	 * they are interrupted. Keep it below 'spring.lifecycle.timeout-per-shutdown-phase'.
	 * @param listenerTimeout How long a call of a listener that is not transactional may
	 * take before it is interrupted and counts as failed. Zero for as long as it likes.
	 * @param networkTimeout How long statements of the poller wait for a server that has
	 * fallen silent. Zero for as long as the network takes to notice.
	 */
	public record Poller(@DefaultValue("true") boolean autoStartup, @DefaultValue("1s") Duration pollInterval,
			@DefaultValue("true") boolean notifications, @Nullable Integer concurrency,
			@DefaultValue("500") int batchSize, @DefaultValue("20s") Duration shutdownTimeout,
			@DefaultValue("5m") Duration listenerTimeout, @DefaultValue("30s") Duration networkTimeout) {

		private static final int MAX_BATCH_SIZE = 10_000;

		private static final Duration MAX_NETWORK_TIMEOUT = Duration.ofDays(1);

		public Poller {
			check(isPositive(pollInterval), "poller.poll-interval", pollInterval, "a positive duration");
			check(concurrency == null || concurrency > 0, "poller.concurrency", String.valueOf(concurrency),
					"at least 1 (to deliver nothing here, set 'pyxbox.poller.auto-startup=false')");
			check(batchSize > 0 && batchSize <= MAX_BATCH_SIZE, "poller.batch-size", batchSize,
					"between 1 and " + MAX_BATCH_SIZE);
			check(!shutdownTimeout.isNegative(), "poller.shutdown-timeout", shutdownTimeout, "zero or more");
			check(!listenerTimeout.isNegative(), "poller.listener-timeout", listenerTimeout, "zero or more");
			check(!networkTimeout.isNegative() && networkTimeout.compareTo(MAX_NETWORK_TIMEOUT) <= 0,
					"poller.network-timeout", networkTimeout, "between zero and a day");
		}

	}

	/**
	 * Failing.
	 *
	 * @param maxAttempts How often a delivery is attempted before it becomes a dead
	 * letter, the first time included.
	 * @param initialInterval How long to wait after the first failure.
	 * @param multiplier Factor by which the interval grows with each attempt.
	 * @param maxInterval Longest interval between two attempts.
	 * @param jitter Fraction of itself, from 0 to 1, by which an interval varies at
	 * random.
	 * @param excludes Comma-separated list of exceptions after which a delivery is not
	 * attempted again, themselves or as a cause.
	 */
	public record Retry(@DefaultValue("10") int maxAttempts, @DefaultValue("200ms") Duration initialInterval,
			@DefaultValue("2") double multiplier, @DefaultValue("10m") Duration maxInterval,
			@DefaultValue("0.5") double jitter, @DefaultValue List<Class<? extends Throwable>> excludes) {

		public Retry {
			check(maxAttempts > 0, "retry.max-attempts", maxAttempts, "at least 1 (1 means no second attempt)");
			check(isPositive(initialInterval), "retry.initial-interval", initialInterval, "a positive duration");
			check(multiplier >= 1 && Double.isFinite(multiplier), "retry.multiplier", multiplier,
					"at least 1 (1 keeps the interval as it is)");
			check(maxInterval.compareTo(initialInterval) >= 0, "retry.max-interval", maxInterval,
					"at least 'pyxbox.retry.initial-interval', which is " + initialInterval);
			check(jitter >= 0 && jitter <= 1, "retry.jitter", jitter, "between 0 and 1");
		}

	}

	/**
	 * Failing of everything: the destination is down, and no event is to blame.
	 *
	 * @param failureThreshold How many deliveries of a consumer that is not transactional
	 * have to fail in a row to reach their destination for it to be paused.
	 * @param initialInterval How long it is paused before a few events are tried.
	 * @param maxInterval Longest pause; it doubles each time that they fail.
	 */
	public record CircuitBreaker(@DefaultValue("5") int failureThreshold, @DefaultValue("1s") Duration initialInterval,
			@DefaultValue("30s") Duration maxInterval) {

		public CircuitBreaker {
			check(failureThreshold > 0, "circuit-breaker.failure-threshold", failureThreshold,
					"at least 1 (to exempt a listener, set circuitBreaker = false on it)");
			check(isPositive(initialInterval), "circuit-breaker.initial-interval", initialInterval,
					"a positive duration");
			check(maxInterval.compareTo(initialInterval) >= 0, "circuit-breaker.max-interval", maxInterval,
					"at least 'pyxbox.circuit-breaker.initial-interval', which is " + initialInterval);
		}

	}

	/**
	 * Receiving.
	 *
	 * @param retention For how long to remember the ids of messages that were received. A
	 * message that comes again later takes effect again.
	 */
	public record Inbox(@DefaultValue("7d") Duration retention) {

		public Inbox {
			check(isPositive(retention), "inbox.retention", retention, "a positive duration");
		}

	}

	/**
	 * Telling more.
	 *
	 * @param maxSize Largest headers of an event, names and values together.
	 * @param mdcKeys Comma-separated list of keys of the logging context (SLF4J's MDC)
	 * that events take along as headers, and that are set again while a listener is
	 * called.
	 */
	public record Headers(@DefaultValue("8KB") DataSize maxSize, @DefaultValue List<String> mdcKeys) {

		public Headers {
			check(maxSize.toBytes() > 0, "headers.max-size", maxSize, "at least 1B");
			check(mdcKeys.stream().allMatch(StringUtils::hasText), "headers.mdc-keys", mdcKeys,
					"keys that are not blank");
			mdcKeys = List.copyOf(mdcKeys);
		}

	}

	/**
	 * Taking part in Spring's own events.
	 *
	 * @param enabled Whether objects that are published by Spring's
	 * ApplicationEventPublisher are emitted if their class is annotated with
	 * '@OutboxEvent'.
	 */
	public record ApplicationEvents(@DefaultValue("true") boolean enabled) {

	}

	/**
	 * Storing in another form.
	 *
	 * @param defaultCodec Codec that stores the payloads of types that name none:
	 * 'plain', 'gzip', 'zstd' where zstd-jni is on the class path, 'aes-gcm' where there
	 * is a KeySource, or the name of a PayloadCodec bean.
	 * @param types Names of codecs by types of events. By default types have the codec
	 * that their class names.
	 * @param gzipThreshold Size of a payload, as serialized JSON, from which on 'gzip'
	 * compresses it.
	 * @param zstdThreshold Size of a payload, as serialized JSON, from which on 'zstd'
	 * compresses it.
	 */
	public record Codec(@Name("default") @DefaultValue("plain") String defaultCodec,
			@DefaultValue Map<String, String> types, @DefaultValue("4KB") DataSize gzipThreshold,
			@DefaultValue("4KB") DataSize zstdThreshold) {

		public Codec {
			check(StringUtils.hasText(defaultCodec), "codec.default", defaultCodec,
					"the name of a codec, or 'plain' for none");
			check(!gzipThreshold.isNegative(), "codec.gzip-threshold", gzipThreshold, "zero or more");
			check(!zstdThreshold.isNegative(), "codec.zstd-threshold", zstdThreshold, "zero or more");
			types = Map.copyOf(types);
		}

	}

	/**
	 * Passing on.
	 *
	 * @param source Where events come from, as a URI reference: the source of
	 * CloudEvents. By default 'spring.application.name', or else 'pyxbox'.
	 * @param format How events look on the wire: the payload as it is stored and
	 * CloudEvents attributes as headers, or a JSON document of CloudEvents.
	 * @param routes Which topics go to which publishers. By default nothing leaves the
	 * application.
	 * @param publishers Settings of single publishers, by the names of their beans. By
	 * default all are alike.
	 */
	public record Publish(@Nullable String source, @DefaultValue("binary") PublishFormat format,
			@DefaultValue List<Route> routes, @DefaultValue Map<String, Publisher> publishers) {

		public Publish {
			check(source == null || EventSource.isValid(source), "publish.source", String.valueOf(source),
					"a URI reference, as in 'orders' or 'https://example.com/orders'");
			routes = List.copyOf(routes);
			publishers = Map.copyOf(publishers);
		}

		PublishSettings toSettings(DeliverySettings delivery) {
			Map<String, OnExhaustion> onExhaustion = new HashMap<>();
			this.publishers.forEach((name, publisher) -> onExhaustion.put(name, publisher.onExhaustion()));
			return new PublishSettings(this.routes.stream().map(Route::toRoute).toList(), delivery, onExhaustion);
		}

	}

	/**
	 * What is set for a publisher.
	 *
	 * @param onExhaustion What becomes of the key of an event that it has given up: it
	 * goes on ('dead-letter'), or waits until somebody redrives or discards the dead
	 * letter ('block').
	 */
	public record Publisher(@DefaultValue("dead-letter") OnExhaustion onExhaustion) {
	}

	/**
	 * A route.
	 *
	 * @param topic Topic that takes it; an asterisk stands for any number of characters.
	 * @param publisher Name of the publisher's bean. Not needed where there is only one.
	 * @param destination Where it goes, as the publisher knows it. By default the event's
	 * topic.
	 */
	public record Route(@Nullable String topic, @Nullable String publisher, @Nullable String destination) {

		public Route {
			check(StringUtils.hasText(topic), "publish.routes[].topic", String.valueOf(topic),
					"a topic, or a pattern as in 'orders-*'");
			publisher = StringUtils.hasText(publisher) ? publisher : null;
			destination = StringUtils.hasText(destination) ? destination : null;
		}

		private PublishRoute toRoute() {
			return new PublishRoute(new TopicPattern(Objects.requireNonNull(this.topic)), this.publisher,
					this.destination);
		}

	}

}
