package io.pyxbox.publish.kafka;

import java.time.Duration;
import java.util.Collections;
import java.util.List;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.TimedPublisher;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;

/**
 * Passes events on to Kafka; a destination is a topic there.
 * <p>
 * <b>Order.</b> The producer is idempotent, so what it sends to a partition arrives in
 * that order, whatever is lost on the way and sent again. It does not give up on a record
 * before we do. When we do (no acknowledgement in time, brokers away), the producer is
 * closed at once, with all that it still has: so whatever of a key has arrived is the
 * beginning of what was sent, and what is sent next begins with the first event that is
 * not known to have arrived. A receiver that leaves out ids that it has seen sees each
 * key in order.
 * <p>
 * Thread-safe.
 */
final class KafkaEventPublisher implements TimedPublisher, AutoCloseable {

	private final KafkaProducers producers;

	private final KafkaRecords records;

	private final Duration ackTimeout;

	KafkaEventPublisher(KafkaProducers producers, KafkaRecords records, Duration ackTimeout) {
		this.producers = producers;
		this.records = records;
		this.ackTimeout = ackTimeout;
	}

	@Override
	public List<PublishOutcome> publish(List<OutgoingEvent> events) throws InterruptedException {
		Producer<byte[], byte[]> producer;
		try {
			producer = this.producers.get();
		}
		catch (KafkaException ex) {
			// For example, if none of the brokers' names can be resolved.
			return Collections.nCopies(events.size(), PublishOutcome.destinationDown(ex));
		}
		KafkaBatch batch = new KafkaBatch(producer, this.records, this.ackTimeout);
		try {
			for (OutgoingEvent event : events) {
				batch.send(event);
			}
			return settled(batch.outcomes(), producer);
		}
		finally {
			if (batch.isDoubtful()) {
				this.producers.abandon(producer);
			}
		}
	}

	/**
	 * If another thread has given up the producer in the meantime, failures are of its
	 * making.
	 */
	private List<PublishOutcome> settled(List<PublishOutcome> outcomes, Producer<byte[], byte[]> producer) {
		if (this.producers.isCurrent(producer)) {
			return outcomes;
		}
		return outcomes.stream()
			.map((outcome) -> (outcome instanceof PublishOutcome.Failed) ? PublishOutcome.notSent() : outcome)
			.toList();
	}

	/** The last record is sent in time, and may be blocked then. */
	@Override
	public Duration longestCall() {
		return this.ackTimeout.plus(this.ackTimeout.dividedBy(3));
	}

	@Override
	public String timeoutProperty() {
		return "pyxbox.kafka.ack-timeout";
	}

	@Override
	public void checkDestination(String destination) {
		this.records.checkTopic(destination);
	}

	@Override
	public void close() {
		this.producers.close();
	}

}
