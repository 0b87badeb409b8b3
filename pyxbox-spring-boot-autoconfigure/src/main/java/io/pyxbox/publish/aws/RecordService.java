package io.pyxbox.publish.aws;

import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.pyxbox.OutgoingEvent;

/**
 * A service that takes several records by one request, and says of each what became of
 * it. Thread-safe.
 *
 * @param <R> what it takes
 */
public interface RecordService<R> {

	/**
	 * Makes a record of an event.
	 * @param event the event
	 * @return the record
	 */
	R recordOf(OutgoingEvent event);

	/**
	 * Tells how large a record is, as the service counts it.
	 * @param record the record
	 * @return the size in bytes
	 */
	long sizeOf(R record);

	/**
	 * Tells how much goes into a request.
	 * @return the limits
	 */
	RequestLimits limits();

	/**
	 * Tells how many events of a key may go by one request. Where a destination keeps
	 * what it gets in that order, more than one means that what it refuses may be
	 * overtaken.
	 * @param destination the destination
	 * @return how many
	 */
	int perKey(String destination);

	/**
	 * Sends records by one request.
	 * @param destination where they go, all of them
	 * @param records the records
	 * @return what became of each, in the same order; or an exception that concerns all
	 */
	CompletableFuture<List<Receipt>> send(String destination, List<R> records);

}
