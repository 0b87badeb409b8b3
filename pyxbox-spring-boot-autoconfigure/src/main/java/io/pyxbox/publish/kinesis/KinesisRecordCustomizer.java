package io.pyxbox.publish.kinesis;

import io.pyxbox.OutgoingEvent;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/**
 * Changes what is sent to Kinesis: the data, the partition key. A bean of this type is
 * called for each event, by several threads at the same time; several of them in their
 * order. An exception counts as a failed attempt.
 */
@FunctionalInterface
public interface KinesisRecordCustomizer {

	/**
	 * Changes a record.
	 * @param record the record
	 * @param event the event that it was made of
	 * @return the record to send, the same or another one
	 */
	PutRecordsRequestEntry customize(PutRecordsRequestEntry record, OutgoingEvent event);

}
