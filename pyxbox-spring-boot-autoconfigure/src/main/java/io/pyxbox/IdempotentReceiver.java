package io.pyxbox;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Has a method that receives messages of a broker (a {@code @KafkaListener},
 * {@code @RabbitListener} or {@code @SqsListener}) called once for each message, however
 * often it comes: as {@link TransactionalInbox#receive} does, in a transaction that also
 * records that the message was received. Of a batch ({@code List}) the method gets what
 * is new, in one transaction, and is not called if nothing is.
 * <p>
 * What identifies a message is the id in its CloudEvents headers ({@code ce_id} and the
 * like), the id of a CloudEvents document, or the {@code message-id} of AMQP. So the
 * method needs a parameter that has them: a {@code ConsumerRecord}, or a {@code Message}
 * of Spring's. Or an expression says it.
 * <p>
 * The method must finish what it does before it returns, and must not acknowledge by
 * hand, except with a parameter that is an {@code Acknowledgment} of Spring for Apache
 * Kafka: what it says takes effect after the transaction, and is about all of a batch.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface IdempotentReceiver {

	/**
	 * Who receives: the name under which messages are remembered. Give it a name before
	 * you rename the class or the method. May contain {@code ${...}} placeholders.
	 * @return the consumer; {@code className.methodName} by default, beginning with a
	 * small letter
	 */
	String consumer() default "";

	/**
	 * A Spring expression for the id of a message. Its root is the first argument (of a
	 * batch, which is a {@code List} that it reads, each of its elements):
	 * {@code "orderId"}, {@code "headers['id']"}, {@code "key()"}; the arguments are
	 * there by their names: {@code "#id"}.
	 * @return the expression; what the headers say by default
	 */
	String messageId() default "";

	/**
	 * Whether messages of Kafka's are identified by their position in the topic: nothing
	 * but one number is kept for each partition, and that is exact whatever a consumer
	 * group goes through. But a message that was sent twice is two messages.
	 * @return {@code false} by default
	 */
	boolean byOffset() default false;

}
