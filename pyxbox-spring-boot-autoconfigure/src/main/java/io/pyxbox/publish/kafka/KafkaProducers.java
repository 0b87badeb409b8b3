package io.pyxbox.publish.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import io.pyxbox.publish.InvalidPublishingException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.ProducerFactory;

/**
 * The producer that events are sent with: the application's own in its configuration, but
 * for what the order of events depends on. There is one at a time; one that has failed is
 * given up, with all that it has not got rid of. Thread-safe.
 */
final class KafkaProducers implements AutoCloseable {

	/**
	 * A broker that knows nothing of a producer (it is new, or the broker has become the
	 * leader just now) takes whatever batch of it comes first, also if one before it was
	 * refused. So only one is on its way: then the client keeps to that for each
	 * partition, whichever broker leads it.
	 */
	private static final int MAX_IN_FLIGHT = 1;

	/** In a transaction brokers ask the coordinator, and do not take it. */
	private static final int MAX_IN_FLIGHT_IN_TRANSACTIONS = 5;

	private static final int MAX_LINGER_MILLIS = 5;

	private static final int REQUEST_TIMEOUT_MILLIS = 30_000;

	private final DefaultKafkaProducerFactory<byte[], byte[]> factory;

	private @Nullable Producer<byte[], byte[]> current;

	KafkaProducers(ProducerFactory<?, ?> applications, KafkaPublisherProperties properties) {
		try {
			this.factory = derive(applications, properties.ackTimeout(), properties.transactionIdPrefix() != null);
			// What is wrong in itself shows now, and not with the first event.
			ProducerConfig.configDef().parse(this.factory.getConfigurationProperties());
		}
		catch (ConfigException | NumberFormatException ex) {
			throw new InvalidPublishingException(
					"The publisher 'kafka' cannot work with the configuration of the ProducerFactory: "
							+ ex.getMessage() + ".",
					"Correct it ('spring.kafka.producer.*', if the ProducerFactory is Spring Boot's), or set "
							+ "'pyxbox.kafka.enabled=false'.");
		}
		String prefix = properties.transactionIdPrefix();
		if (prefix != null) {
			if (prefix.equals(applications.getTransactionIdPrefix())) {
				throw new InvalidPublishingException(
						"'pyxbox.kafka.transaction-id-prefix' is that of the application's own transactions, '" + prefix
								+ "': they would end each other.",
						"Choose another one.");
			}
			this.factory.setTransactionIdPrefix(prefix);
			this.factory.setTransactionIdSuffixStrategy(new LowestFreeNumber());
		}
	}

	/**
	 * Derives a factory: a copy, so that listeners and post-processors are there (metrics
	 * among them), and whatever else the application has set.
	 */
	@SuppressWarnings("unchecked")
	private static DefaultKafkaProducerFactory<byte[], byte[]> derive(ProducerFactory<?, ?> applications,
			Duration ackTimeout, boolean transactional) {
		Map<String, Object> overrides = overrides(applications.getConfigurationProperties(), ackTimeout);
		overrides.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
				transactional ? inFlight(applications.getConfigurationProperties()) : MAX_IN_FLIGHT);
		if (!(applications
			.copyWithConfigurationOverride(overrides) instanceof DefaultKafkaProducerFactory<?, ?> copy)) {
			throw new IllegalStateException("The publisher 'kafka' needs a ProducerFactory that can be copied, as "
					+ "DefaultKafkaProducerFactory can, but there is a " + applications.getClass().getName());
		}
		// A copy keeps serializers that were set as objects.
		DefaultKafkaProducerFactory<byte[], byte[]> derived = (DefaultKafkaProducerFactory<byte[], byte[]>) copy;
		derived.setKeySerializer(new ByteArraySerializer());
		derived.setValueSerializer(new ByteArraySerializer());
		derived.setPhysicalCloseTimeout(0);
		derived.setProducerPerThread(false);
		return derived;
	}

	/**
	 * What was sent is acknowledged in the order in which it was sent, whatever fails in
	 * between, because the producer is idempotent and because it never gives up on a
	 * record by itself before we do: if it did, it would go on with the next one.
	 */
	private static Map<String, Object> overrides(Map<String, Object> applications, Duration ackTimeout) {
		Map<String, Object> overrides = new HashMap<>();
		overrides.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
		overrides.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
		overrides.put(ProducerConfig.ACKS_CONFIG, "all");
		overrides.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
		overrides.put(ProducerConfig.RETRIES_CONFIG, Integer.MAX_VALUE);
		// Nobody adds to a batch while its acknowledgements are waited for.
		overrides.put(ProducerConfig.LINGER_MS_CONFIG,
				Math.min(MAX_LINGER_MILLIS, number(applications, ProducerConfig.LINGER_MS_CONFIG, MAX_LINGER_MILLIS)));
		long requestTimeout = number(applications, ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
		overrides.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
				(int) Math.min(Integer.MAX_VALUE, 2 * ackTimeout.toMillis() + requestTimeout + 60_000));
		long block = Math.max(1, ackTimeout.toMillis() / 3);
		overrides.put(ProducerConfig.MAX_BLOCK_MS_CONFIG,
				Math.min(block, number(applications, ProducerConfig.MAX_BLOCK_MS_CONFIG, block)));
		Object clientId = applications.get(ProducerConfig.CLIENT_ID_CONFIG);
		overrides.put(ProducerConfig.CLIENT_ID_CONFIG, (clientId != null) ? clientId + "-pyxbox" : "pyxbox");
		return overrides;
	}

	private static int inFlight(Map<String, Object> applications) {
		return (int) Math.min(MAX_IN_FLIGHT_IN_TRANSACTIONS, number(applications,
				ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, MAX_IN_FLIGHT_IN_TRANSACTIONS));
	}

	private static long number(Map<String, Object> configuration, String name, long otherwise) {
		Object value = configuration.get(name);
		return (value != null) ? Long.parseLong(value.toString().trim()) : otherwise;
	}

	/** The producer to send with; made if there is none. */
	synchronized Producer<byte[], byte[]> get() {
		Producer<byte[], byte[]> producer = this.current;
		if (producer == null) {
			producer = this.factory.createNonTransactionalProducer();
			this.current = producer;
		}
		return producer;
	}

	/** A producer for one transaction at a time; to be closed after it. */
	Producer<byte[], byte[]> transactional() {
		return this.factory.createProducer();
	}

	synchronized boolean isCurrent(Producer<byte[], byte[]> producer) {
		return this.current == producer;
	}

	/**
	 * Gives up a producer: what it still has must not arrive after it was sent again by
	 * the next one.
	 */
	synchronized void abandon(Producer<byte[], byte[]> producer) {
		if (this.current == producer) {
			close();
		}
	}

	@Override
	public synchronized void close() {
		this.current = null;
		this.factory.reset();
	}

}
