package io.pyxbox.publish.kafka;

import io.pyxbox.PublishOutcome;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Tells what an exception of Kafka's says: of the record, of its topic, or of the
 * brokers.
 */
final class KafkaFailure {

	private KafkaFailure() {
	}

	static PublishOutcome outcomeOf(Throwable cause) {
		if (isOfTheContent(cause)) {
			return PublishOutcome.rejected(cause);
		}
		return (!isOfTheTopic(cause) && isOfTheBrokers(cause)) ? PublishOutcome.destinationDown(cause)
				: PublishOutcome.failed(cause);
	}

	/** Whether it says nothing of the producer and what else it sends. */
	static boolean isOfTheRecord(Throwable cause) {
		return isOfTheContent(cause) || isOfTheTopic(cause);
	}

	private static boolean isOfTheContent(Throwable cause) {
		return cause instanceof RecordTooLargeException || cause instanceof InvalidTopicException
				|| cause instanceof InvalidRecordException || cause instanceof SerializationException;
	}

	/**
	 * A topic may be about to be created, and rights to be granted. One that does not
	 * appear is waited for until the time is up, and is then the cause of that.
	 */
	static boolean isOfTheTopic(Throwable cause) {
		return cause instanceof UnknownTopicOrPartitionException || cause instanceof TopicAuthorizationException
				|| (cause instanceof TimeoutException && cause.getCause() instanceof UnknownTopicOrPartitionException);
	}

	/**
	 * A producer that cannot go on says so of whatever is sent next; why, is the cause.
	 */
	static boolean isOfTheProducer(Throwable cause) {
		return cause.getClass() == KafkaException.class;
	}

	/**
	 * What may be tried again has been, by the producer itself, until the time was up.
	 */
	private static boolean isOfTheBrokers(Throwable cause) {
		Throwable reason = (isOfTheProducer(cause) && cause.getCause() != null) ? cause.getCause() : cause;
		return reason instanceof RetriableException || reason instanceof AuthenticationException
				|| reason instanceof ClusterAuthorizationException;
	}

}
