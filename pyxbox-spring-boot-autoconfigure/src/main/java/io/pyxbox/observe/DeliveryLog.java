package io.pyxbox.observe;

import java.time.Duration;

import io.pyxbox.ConsumerId;
import io.pyxbox.dispatch.DeliveryObserver;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.StoredEvent;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.util.StringUtils;

/**
 * Writes failed deliveries to the log: a line for each failure, a warning that says where
 * the dead letter is when one is given up. Stack traces are in the database, and in the
 * log on level debug. Thread-safe.
 */
public final class DeliveryLog implements DeliveryObserver {

	private static final Log logger = LogFactory.getLog(DeliveryLog.class);

	private static final int MAX_CAUSE_LENGTH = 300;

	private final EventTable table;

	/**
	 * Creates a log.
	 * @param table the outbox's tables
	 */
	public DeliveryLog(EventTable table) {
		this.table = table;
	}

	@Override
	public void willRetry(ConsumerId consumer, StoredEvent event, Duration nextAttemptIn, Throwable cause) {
		logger.info("Consumer '" + consumer + "' failed on " + describe(event) + " at attempt " + event.attempt()
				+ ", next in " + nextAttemptIn.toMillis() + " ms: " + line(cause));
		logger.debug("Failed delivery of event " + event.eventId(), cause);
	}

	@Override
	public void gaveUp(ConsumerId consumer, StoredEvent event, Throwable cause) {
		logger.warn("Consumer '" + consumer + "' gave up on " + describe(event) + " at attempt " + event.attempt()
				+ ", see " + this.table.deadLetters() + ": " + line(cause));
		logger.debug("Failed delivery of event " + event.eventId(), cause);
	}

	@Override
	public void paused(ConsumerId consumer, Throwable cause) {
		logger.warn("Consumer '" + consumer + "' is paused: everything it delivers fails, at last with " + line(cause)
				+ ". Its events wait, no attempts are counted, and a few are tried now and then until one succeeds.");
		logger.debug("What paused consumer '" + consumer + "'", cause);
	}

	@Override
	public void resumed(ConsumerId consumer) {
		logger.info("Consumer '" + consumer + "' goes on: a delivery has succeeded");
	}

	/** Messages may be of any length and have any number of lines. */
	private static String line(Throwable cause) {
		return StringUtils.truncate(String.valueOf(cause).replaceAll("\\s+", " "), MAX_CAUSE_LENGTH);
	}

	private static String describe(StoredEvent event) {
		return event.type() + " " + event.eventId()
				+ ((event.partitionKey() != null) ? " of key '" + event.partitionKey() + "'" : "");
	}

}
