package io.pyxbox;

import java.util.function.Function;

import org.aopalliance.intercept.MethodInterceptor;

/**
 * What {@link IdempotentReceiver} does for a method, for a whole listener container: an
 * advice for its advice chain (of Spring for Apache Kafka and Spring AMQP). There, the
 * message is at hand whatever the listener's parameters are. Thread-safe.
 */
public interface IdempotentReceivers {

	/**
	 * Returns an advice that identifies messages by their headers.
	 * @param consumer who receives
	 * @return the advice, for any number of containers
	 */
	MethodInterceptor of(ConsumerId consumer);

	/**
	 * Returns an advice that identifies messages as a function says.
	 * @param consumer who receives
	 * @param identity gets the message as the container has it
	 * @return the advice, for any number of containers
	 */
	MethodInterceptor of(ConsumerId consumer, Function<Object, ? extends MessageIdentity> identity);

	/**
	 * Returns an advice that identifies messages by their position in the topic.
	 * @param consumer who receives
	 * @return the advice, for any number of containers
	 */
	MethodInterceptor byOffset(ConsumerId consumer);

}
