package io.pyxbox.publish.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.TimedPublisher;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Passes events on to Kafka in transactions, one for each batch: receivers that read what
 * is committed see all of it or nothing. Where one event fails the others are not sent,
 * and come again without it. (It is not one transaction with the database's: after a
 * crash a batch may be sent again, under the same ids.) Thread-safe.
 */
final class TransactionalKafkaPublisher implements TimedPublisher, AutoCloseable {

	private final KafkaProducers producers;

	private final KafkaRecords records;

	private final Duration ackTimeout;

	TransactionalKafkaPublisher(KafkaProducers producers, KafkaRecords records, Duration ackTimeout) {
		this.producers = producers;
		this.records = records;
		this.ackTimeout = ackTimeout;
	}

	@Override
	public List<PublishOutcome> publish(List<OutgoingEvent> events) throws InterruptedException {
		try (Producer<byte[], byte[]> producer = this.producers.transactional()) {
			return publish(producer, events);
		}
		catch (InterruptException ex) {
			// It has set the flag that the other one stands for.
			Thread.interrupted();
			throw new InterruptedException("Interrupted while sending to Kafka");
		}
		catch (KafkaException | org.springframework.kafka.KafkaException ex) {
			// What became of the transaction is not known, or there was none.
			return Collections.nCopies(events.size(), PublishOutcome.destinationDown(ex));
		}
	}

	private List<PublishOutcome> publish(Producer<byte[], byte[]> producer, List<OutgoingEvent> events)
			throws InterruptedException {
		producer.beginTransaction();
		boolean complete = false;
		try {
			List<PublishOutcome> outcomes = send(producer, events);
			complete = outcomes.stream().allMatch(PublishOutcome.Acked.class::isInstance);
			if (complete) {
				producer.commitTransaction();
			}
			return outcomes;
		}
		finally {
			if (!complete) {
				// Or the next to use the producer would find itself in this transaction.
				producer.abortTransaction();
			}
		}
	}

	private List<PublishOutcome> send(Producer<byte[], byte[]> producer, List<OutgoingEvent> events)
			throws InterruptedException {
		KafkaBatch batch = new KafkaBatch(producer, this.records, this.ackTimeout);
		for (int i = 0; i < events.size(); i++) {
			PublishOutcome failed = batch.send(events.get(i));
			if (failed instanceof PublishOutcome.Failed state && KafkaFailure.isOfTheProducer(state.cause())
					&& events.size() > 1) {
				// It is an earlier one that has failed, and this one is told so.
				throw aborted(events.size(), failed);
			}
			if (failed != null) {
				List<PublishOutcome> outcomes = new ArrayList<>(
						Collections.nCopies(events.size(), PublishOutcome.notSent()));
				outcomes.set(i, failed);
				return outcomes;
			}
		}
		return blaming(batch.outcomes());
	}

	/**
	 * One record that fails makes others fail that were still waiting, with its own
	 * exception: which of them is to blame shows when they come one by one. But if Kafka
	 * is silent, it is about those only that it is silent about.
	 */
	static List<PublishOutcome> blaming(List<PublishOutcome> outcomes) {
		List<PublishOutcome> others = outcomes.stream()
			.filter((outcome) -> !(outcome instanceof PublishOutcome.Acked))
			.toList();
		if (others.stream().anyMatch(PublishOutcome.DestinationDown.class::isInstance)) {
			return outcomes.stream()
				.map((outcome) -> (outcome instanceof PublishOutcome.DestinationDown) ? outcome
						: PublishOutcome.notSent())
				.toList();
		}
		if (!others.isEmpty() && outcomes.size() > 1) {
			throw aborted(outcomes.size(), others.get(0));
		}
		return outcomes;
	}

	private static IllegalStateException aborted(int records, PublishOutcome because) {
		return new IllegalStateException("A transaction of " + records + " records was aborted: " + because);
	}

	/** Kafka may also block at the begin of a transaction and at its end. */
	@Override
	public Duration longestCall() {
		return this.ackTimeout.multipliedBy(2).plus(this.ackTimeout.dividedBy(3));
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
