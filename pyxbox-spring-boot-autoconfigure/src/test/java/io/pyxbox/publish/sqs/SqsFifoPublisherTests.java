package io.pyxbox.publish.sqs;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EventPublisher;
import io.pyxbox.publish.EventPublisherContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;

/**
 * The publisher for SQS keeps the contract where queues keep an order.
 */
class SqsFifoPublisherTests extends EventPublisherContract {

	private static final AtomicInteger names = new AtomicInteger();

	private static SqsServer server;

	private static SqsAsyncClient client;

	private final EventPublisher publisher = SqsPublishers.of(client);

	@BeforeAll
	static void startServer() {
		server = SqsServer.start();
		client = SqsServer.client(server.endpoint());
	}

	@AfterAll
	static void stopServer() {
		client.close();
		server.close();
	}

	@Override
	protected EventPublisher publisher() {
		return this.publisher;
	}

	@Override
	protected String emptyDestination() {
		String name = "queue-" + names.incrementAndGet() + ".fifo";
		server.createQueue(name);
		return name;
	}

	@Override
	protected List<Received> receivedBy(String destination) {
		return server.read(destination).stream().map(SqsPublishers::received).toList();
	}

	@Override
	protected void takeDown() {
		server.disappear();
	}

	@Override
	protected void bringBack() {
		server.reappear();
	}

}
