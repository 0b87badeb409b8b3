package io.pyxbox.publish.kafka;

import io.pyxbox.OutgoingEvent;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Changes what is sent to Kafka: headers, the partition, the time stamp, the body. A bean
 * of this type is called for each event, by several threads at the same time; several of
 * them in their order. An exception counts as a failed attempt.
 */
@FunctionalInterface
public interface KafkaRecordCustomizer {

	/**
	 * Changes a record.
	 * @param record the record
	 * @param event the event that it was made of
	 * @return the record to send, the same or another one
	 */
	ProducerRecord<byte[], byte[]> customize(ProducerRecord<byte[], byte[]> record, OutgoingEvent event);

}
