package io.pyxbox;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method of a Spring bean as a listener for events of the outbox.
 * <p>
 * <b>Parameters.</b> The first one is what the listener takes: an event class, an
 * interface or {@code Object} (every registered event type assignable to it), an
 * {@link EventEnvelope} of one of these, or a {@link java.util.List} of any of these for
 * a whole chunk, all or nothing. After an event class, interface or {@code Object} an
 * {@link EventMetadata} may follow. The method returns nothing.
 * <p>
 * <b>JSON.</b> A {@code JsonNode}, an {@code EventEnvelope<JsonNode>} or an
 * {@code EventEnvelope<String>} in place of the event takes the payload as it is stored,
 * of types that have no class here, too. Then {@link #typeNames()}, {@link #types()} or
 * {@link #topics()} say which events.
 * <p>
 * <b>Transactional</b> (the default): the method's database work and the completion of
 * the event commit together, or not at all. <b>Not transactional</b>: the method runs
 * outside any transaction, at least once, events of different keys at the same time.
 * <p>
 * An exception from the method fails this delivery only: its work is rolled back, and it
 * is retried as {@link #retry()} says, while later events of the same partition key wait
 * and all others go on.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface OutboxListener {

	/**
	 * The consumer: the unit of progress, under whose name retries and dead letters are
	 * kept. Give it a name before you rename the bean or the method. Listeners that name
	 * the same consumer succeed or fail together and must agree in their other settings.
	 * May contain {@code ${...}} placeholders.
	 * @return the consumer; {@code beanName.methodName} by default
	 */
	String consumer() default "";

	/**
	 * The event classes to take, where the parameter alone says too little.
	 * @return event classes assignable to the parameter; what the parameter takes by
	 * default
	 */
	Class<?>[] types() default {};

	/**
	 * The types to take by their names in the table, whether or not there is a class for
	 * them here: for a listener of JSON. May contain {@code ${...}} placeholders.
	 * @return logical types; whatever the type by default, if there are {@link #topics()}
	 */
	String[] typeNames() default {};

	/**
	 * The topics to take. May contain {@code ${...}} placeholders.
	 * @return exact topics (for a listener of JSON that names no types, {@code *} stands
	 * for any number of characters); whatever the topic by default
	 */
	String[] topics() default {};

	/**
	 * Whether the method runs in the transaction that completes the event.
	 * @return {@code true} by default
	 */
	boolean transactional() default true;

	/**
	 * How the events of one transaction are kept apart. For transactional listeners only.
	 * @return {@link DeliveryIsolation#EVENT} by default
	 */
	DeliveryIsolation isolation() default DeliveryIsolation.EVENT;

	/**
	 * How much of this consumer's work one instance does at the same time: for a
	 * transactional listener the number of transactions, otherwise the number of calls.
	 * @return a positive number; by default, for a transactional listener what
	 * {@code pyxbox.poller.concurrency} leaves it, otherwise 16 calls, or 256 on virtual
	 * threads
	 */
	int concurrency() default -1;

	/**
	 * When a failed delivery is tried again.
	 * @return the settings of {@code pyxbox.retry.*} by default
	 */
	Retry retry() default @Retry;

	/**
	 * What becomes of an event that has failed for the last time.
	 * @return {@link OnExhaustion#DEAD_LETTER} by default
	 */
	OnExhaustion onExhaustion() default OnExhaustion.DEAD_LETTER;

	/**
	 * How long a call may take, as in {@code "30s"}; then it is interrupted (and, in a
	 * transactional listener, the statement that it executes is cancelled), rolled back
	 * if it is transactional, and counts as failed. {@code "0"} for as long as it likes.
	 * May contain {@code ${...}} placeholders.
	 * @return a duration; by default none for a transactional listener, otherwise
	 * {@code pyxbox.poller.listener-timeout}
	 */
	String timeout() default "";

	/**
	 * Whether the consumer is paused while nothing it delivers reaches its destination
	 * (connections refused or broken, time-outs, server errors): then no event is to
	 * blame, and no attempts are counted. For listeners that are not transactional.
	 * Switch it off for one with many destinations.
	 * @return {@code true} by default
	 * @see DestinationUnavailableException
	 */
	boolean circuitBreaker() default true;

}
