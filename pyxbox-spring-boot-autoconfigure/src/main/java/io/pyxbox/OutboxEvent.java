package io.pyxbox;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names a record or class as an event.
 * <p>
 * A class without this annotation can be emitted too: its type is its simple class name,
 * and it has neither topic nor partition key. Annotate what will live longer than a
 * refactoring: the type stands in the database and must not change when the class is
 * renamed.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface OutboxEvent {

	/**
	 * The event's logical, stable name. Two classes must not share one.
	 * @return the type; the simple class name by default
	 */
	String type() default "";

	/**
	 * The version of the type that this class is. Raise it when the class changes so that
	 * it cannot read what older ones have written, and declare an {@link EventUpcaster}
	 * from the version before. An instance that knows only older versions leaves the
	 * event to one that knows this one.
	 * @return the version, from 1 to 32767; 1 by default
	 */
	int version() default 1;

	/**
	 * Other names of the type: events that stand in the table under one of them are
	 * delivered as this class. Emitted is what {@link #type()} says. May contain
	 * {@code ${...}} placeholders.
	 * @return names that no other class has; none by default
	 */
	String[] aliases() default {};

	/**
	 * Where the event goes beyond this application. May contain {@code ${...}}
	 * placeholders.
	 * @return the topic; none by default
	 */
	String topic() default "";

	/**
	 * What orders the event: events of one key reach each consumer in the order in which
	 * their transactions wrote them, events without a key wait for nobody. Either the
	 * name of a property of the event ({@code "orderId"}) or a Spring expression with the
	 * event as its root ({@code "customer.region + '-' + customer.id"}). A {@code null}
	 * result means no key.
	 * @return the property or expression; none by default
	 */
	String partitionKey() default "";

	/**
	 * How the event's payload is stored: the name of a {@link PayloadCodec}, as
	 * {@code gzip}, {@code zstd} or {@code aes-gcm}, or {@code plain}.
	 * {@code pyxbox.codec.types} counts before it.
	 * @return the name; that of {@code pyxbox.codec.default} by default
	 */
	String codec() default "";

}
