package io.pyxbox.publish.kinesis;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EventPublisher;
import io.pyxbox.publish.EventPublisherContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;

/**
 * The publisher for Kinesis keeps the contract.
 */
class KinesisPublisherContractTests extends EventPublisherContract {

	private static final AtomicInteger names = new AtomicInteger();

	private static KinesisServer server;

	private static KinesisAsyncClient client;

	private final EventPublisher publisher = KinesisPublishers.of(client);

	@BeforeAll
	static void startServer() {
		server = KinesisServer.start();
		client = KinesisServer.client(server.endpoint());
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
		String name = "stream-" + names.incrementAndGet();
		server.createStream(name);
		return name;
	}

	@Override
	protected List<Received> receivedBy(String destination) {
		return server.read(destination).stream().map(KinesisPublishers::received).toList();
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
