package io.pyxbox.publish;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

import io.pyxbox.PyxboxException;

/**
 * Thrown at start-up for routes that lead nowhere, and publishers that cannot work as
 * they are configured.
 */
public class InvalidPublishingException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private static final String WAY_OUT = "A publisher is a bean of type io.pyxbox.EventPublisher, and has the bean's "
			+ "name. The publisher 'kafka' is there if org.springframework.kafka:spring-kafka is on the class path and "
			+ "there is a ProducerFactory bean (the only one, or the primary one); 'rabbit' likewise with "
			+ "org.springframework.amqp:spring-rabbit and a ConnectionFactory; 'sqs' with "
			+ "software.amazon.awssdk:sqs and an SqsAsyncClient; 'kinesis' with software.amazon.awssdk:kinesis and a "
			+ "KinesisAsyncClient.";

	private final String action;

	public InvalidPublishingException(String message, String action) {
		super(message);
		this.action = action;
	}

	static InvalidPublishingException of(PublishRoute route, int index, Set<String> publishers) {
		String where = place(route, index);
		String there = there(publishers);
		if (route.publisher() != null) {
			return new InvalidPublishingException(
					where + "leads to the publisher '" + route.publisher() + "', which there is not. " + there,
					"Correct the name, or declare the publisher. " + WAY_OUT);
		}
		return publishers.isEmpty()
				? new InvalidPublishingException(where + "needs a publisher. " + there, "Declare one. " + WAY_OUT)
				: new InvalidPublishingException(where + "does not say to which publisher it leads. " + there,
						"Set 'pyxbox.publish.routes[" + index + "].publisher' to one of them.");
	}

	static InvalidPublishingException ofDestination(PublishRoute route, int index, String destination,
			IllegalArgumentException cause) {
		return new InvalidPublishingException(
				place(route, index) + "leads to '" + destination + "': " + cause.getMessage(),
				"Correct 'pyxbox.publish.routes[" + index + "].destination'. Where it is not set, it is the topic.");
	}

	static InvalidPublishingException ofSettings(String publisher, Set<String> publishers) {
		return new InvalidPublishingException("'pyxbox.publish.publishers." + publisher
				+ "' is about a publisher that there is not. " + there(publishers),
				"Correct the name, or remove it. " + WAY_OUT);
	}

	static InvalidPublishingException ofTimeout(String publisher, TimedPublisher timed, Duration timeout) {
		return new InvalidPublishingException(
				"'pyxbox.poller.listener-timeout' is " + timeout.toMillis() + " ms, but a call of the publisher '"
						+ publisher + "' may take " + timed.longestCall().toMillis() + " ms, which follows from '"
						+ timed.timeoutProperty()
						+ "'. It would be interrupted while its destination is away, and attempts would be counted.",
				"Set 'pyxbox.poller.listener-timeout' to more than that, or '" + timed.timeoutProperty()
						+ "' to less.");
	}

	private static String place(PublishRoute route, int index) {
		return "'pyxbox.publish.routes[" + index + "]' (topic '" + route.topic() + "') ";
	}

	private static String there(Set<String> publishers) {
		return publishers.isEmpty() ? "There is none." : "There are: " + new TreeSet<>(publishers) + ".";
	}

	/**
	 * Returns the way out.
	 * @return a few sentences
	 */
	public String getAction() {
		return this.action;
	}

}
