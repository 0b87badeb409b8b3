package io.pyxbox.publish.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One batch on its way: all of it is in flight at the same time, and its acknowledgements
 * are awaited together. What has not been sent when the time is up, or when the brokers
 * turn out to be away, is not sent at all.
 */
final class KafkaBatch {

	private final Producer<byte[], byte[]> producer;

	private final KafkaRecords records;

	private final Duration timeout;

	private final long deadline;

	private final List<Sending> sendings = new ArrayList<>();

	private final Set<String> heldKeys = new HashSet<>();

	/** Topics and partitions that there are not. */
	private final Map<Object, PublishOutcome> absent = new HashMap<>();

	private boolean down;

	private boolean doubtful;

	KafkaBatch(Producer<byte[], byte[]> producer, KafkaRecords records, Duration timeout) {
		this.producer = producer;
		this.records = records;
		this.timeout = timeout;
		this.deadline = System.nanoTime() + timeout.toNanos();
	}

	/**
	 * Sends an event, unless there is no point in it.
	 * @return what became of it, if that is known already
	 */
	@Nullable PublishOutcome send(OutgoingEvent event) throws InterruptedException {
		String key = event.metadata().partitionKey();
		boolean pointless = this.down || remaining() <= 0 || (key != null && this.heldKeys.contains(key));
		Sending sending = pointless ? new Sending(null, PublishOutcome.notSent()) : begin(event);
		this.sendings.add(sending);
		PublishOutcome outcome = sending.outcome();
		if (outcome != null && key != null) {
			this.heldKeys.add(key);
		}
		this.down |= outcome instanceof PublishOutcome.DestinationDown;
		return outcome;
	}

	private Sending begin(OutgoingEvent event) throws InterruptedException {
		ProducerRecord<byte[], byte[]> record;
		try {
			record = this.records.of(event);
		}
		catch (RuntimeException ex) {
			return new Sending(null, PublishOutcome.failed(ex));
		}
		PublishOutcome known = this.absent.getOrDefault(record.topic(), this.absent.get(partitionOf(record)));
		if (known != null) {
			return new Sending(null, known);
		}
		try {
			Future<RecordMetadata> ack = this.producer.send(record);
			PublishOutcome outcome = ack.isDone() ? outcomeAtOnce(ack, record) : null;
			return new Sending(ack, (outcome instanceof PublishOutcome.Acked) ? null : outcome);
		}
		catch (InterruptException ex) {
			throw interrupted();
		}
		catch (RuntimeException ex) {
			return new Sending(null, failure(ex));
		}
	}

	private PublishOutcome outcomeAtOnce(Future<RecordMetadata> ack, ProducerRecord<byte[], byte[]> record)
			throws InterruptedException {
		boolean doubtful = this.doubtful;
		PublishOutcome outcome = outcomeOf(ack);
		if (outcome instanceof PublishOutcome.DestinationDown down && isOfNoPartition(record, down.cause())) {
			outcome = PublishOutcome.failed(down.cause());
			this.doubtful = doubtful;
			this.absent.put(partitionOf(record), outcome);
		}
		else if (outcome instanceof PublishOutcome.Failed failed && KafkaFailure.isOfTheTopic(failed.cause())) {
			// Waiting for it once is enough.
			this.absent.put(record.topic(), outcome);
		}
		return outcome;
	}

	/**
	 * Kafka waits for a partition that the topic does not have, and then says nothing but
	 * that the time is up. (What it knows of the topic it does not have to wait for.)
	 */
	private boolean isOfNoPartition(ProducerRecord<byte[], byte[]> record, Throwable cause) {
		return cause instanceof TimeoutException && record.partition() != null
				&& record.partition() >= this.producer.partitionsFor(record.topic()).size();
	}

	private static Object partitionOf(ProducerRecord<byte[], byte[]> record) {
		Integer partition = record.partition();
		return (partition != null) ? new TopicPartition(record.topic(), partition) : record.topic();
	}

	/** Waits for the acknowledgements; returns an outcome for each event. */
	List<PublishOutcome> outcomes() throws InterruptedException {
		List<PublishOutcome> outcomes = new ArrayList<>();
		for (Sending sending : this.sendings) {
			Future<RecordMetadata> ack = sending.ack();
			PublishOutcome known = sending.outcome();
			if (known == null) {
				known = (ack != null) ? outcomeOf(ack) : PublishOutcome.notSent();
			}
			outcomes.add(known);
		}
		return outcomes;
	}

	/**
	 * Whether the producer may still have something of this batch, or may have skipped
	 * something.
	 */
	boolean isDoubtful() {
		return this.doubtful;
	}

	private PublishOutcome outcomeOf(Future<RecordMetadata> ack) throws InterruptedException {
		try {
			ack.get(Math.max(0, remaining()), TimeUnit.NANOSECONDS);
			return PublishOutcome.acked();
		}
		catch (ExecutionException ex) {
			return failure((ex.getCause() != null) ? ex.getCause() : ex);
		}
		catch (java.util.concurrent.TimeoutException | CancellationException ex) {
			this.doubtful = true;
			return PublishOutcome.destinationDown(new TimeoutException(
					"No acknowledgement within " + this.timeout.toMillis() + " ms ('pyxbox.kafka.ack-timeout')"));
		}
		catch (InterruptedException ex) {
			throw interrupted();
		}
	}

	private PublishOutcome failure(Throwable cause) {
		PublishOutcome outcome = KafkaFailure.outcomeOf(cause);
		this.doubtful |= !KafkaFailure.isOfTheRecord(cause);
		return outcome;
	}

	/** Kafka's own exception sets the flag again that this one stands for. */
	private InterruptedException interrupted() {
		Thread.interrupted();
		this.doubtful = true;
		return new InterruptedException("Interrupted while sending to Kafka");
	}

	private long remaining() {
		return this.deadline - System.nanoTime();
	}

	/**
	 * What became of an event so far.
	 *
	 * @param ack what is waited for, if it was sent
	 * @param outcome what became of it, if that is known
	 */
	private record Sending(@Nullable Future<RecordMetadata> ack, @Nullable PublishOutcome outcome) {
	}

}
