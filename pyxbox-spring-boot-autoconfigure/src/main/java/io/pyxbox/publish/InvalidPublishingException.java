package io.pyxbox.publish;

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
			+ "there is a ProducerFactory bean (the only one, or the primary one).";

	private final String action;

	public InvalidPublishingException(String message, String action) {
		super(message);
		this.action = action;
	}

	static InvalidPublishingException of(PublishRoute route, int index, Set<String> publishers) {
		String where = "'pyxbox.publish.routes[" + index + "]' (topic '" + route.topic() + "') ";
		String there = publishers.isEmpty() ? "There is none." : "There are: " + new TreeSet<>(publishers) + ".";
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

	/**
	 * Returns the way out.
	 * @return a few sentences
	 */
	public String getAction() {
		return this.action;
	}

}
