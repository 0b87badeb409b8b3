package io.pyxbox.publish.sqs;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.pyxbox.chaos.FaultyProxy;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.SqsAsyncClientBuilder;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * A server in this process that speaks SQS, and a network before it that can fail.
 */
public final class SqsServer implements AutoCloseable {

	private static final int READERS = 4;

	private final SQSRestServer server;

	private final FaultyProxy network;

	private final SqsAsyncClient client;

	private final Map<String, List<Message>> received = new HashMap<>();

	private SqsServer(SQSRestServer server) {
		this.server = server;
		int port = server.waitUntilStarted().localAddress().getPort();
		this.network = new FaultyProxy(port);
		this.client = builder("http://localhost:" + port).build();
	}

	/**
	 * Starts a server without queues.
	 * @return the server
	 */
	public static SqsServer start() {
		LoggingSystem logging = LoggingSystem.get(SqsServer.class.getClassLoader());
		List.of("org.elasticmq", "org.apache.pekko", "io.netty", "software.amazon.awssdk")
			.forEach((logger) -> logging.setLogLevel(logger, LogLevel.WARN));
		return new SqsServer(SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start());
	}

	/**
	 * Returns where clients reach the server, as long as they can.
	 * @return the URL
	 */
	public String endpoint() {
		return "http://localhost:" + this.network.port();
	}

	/**
	 * Returns a client as an application would have it.
	 * @param endpoint where the server is
	 * @param interceptors what changes requests and answers
	 * @return the client
	 */
	public static SqsAsyncClient client(String endpoint, ExecutionInterceptor... interceptors) {
		return builder(endpoint).overrideConfiguration((override) -> {
			for (ExecutionInterceptor interceptor : interceptors) {
				override.addExecutionInterceptor(interceptor);
			}
		}).build();
	}

	private static SqsAsyncClientBuilder builder(String endpoint) {
		return SqsAsyncClient.builder()
			.endpointOverride(URI.create(endpoint))
			.region(Region.EU_CENTRAL_1)
			.credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")));
	}

	public void createQueue(String name) {
		Map<QueueAttributeName, String> attributes = name.endsWith(".fifo")
				? Map.of(QueueAttributeName.FIFO_QUEUE, "true") : Map.of();
		this.client.createQueue((request) -> request.queueName(name).attributes(attributes)).join();
	}

	public String urlOf(String queue) {
		return this.client.getQueueUrl((request) -> request.queueName(queue)).join().queueUrl();
	}

	/**
	 * Takes everything out of a queue.
	 * @param queue its name
	 * @return all that has been in it, in the order in which it was received
	 */
	public List<Message> read(String queue) {
		String url = urlOf(queue);
		List<Message> all = this.received.computeIfAbsent(queue,
				(absent) -> Collections.synchronizedList(new ArrayList<>()));
		IntStream.range(0, READERS).parallel().forEach((reader) -> drain(url, all));
		return List.copyOf(all);
	}

	/**
	 * Several may do so at the same time: what follows in a group is there when what was
	 * before it is deleted.
	 */
	private void drain(String url, List<Message> all) {
		List<Message> some = receive(url);
		while (!some.isEmpty()) {
			all.addAll(some);
			List<DeleteMessageBatchRequestEntry> done = some.stream()
				.map((message) -> DeleteMessageBatchRequestEntry.builder()
					.id(message.messageId())
					.receiptHandle(message.receiptHandle())
					.build())
				.toList();
			this.client.deleteMessageBatch((request) -> request.queueUrl(url).entries(done)).join();
			some = receive(url);
		}
	}

	private List<Message> receive(String url) {
		return this.client
			.receiveMessage((request) -> request.queueUrl(url)
				.maxNumberOfMessages(10)
				.messageAttributeNames("All")
				.messageSystemAttributeNames(MessageSystemAttributeName.ALL))
			.join()
			.messages();
	}

	/**
	 * Cuts the network. What the server has it keeps.
	 */
	public void disappear() {
		this.network.refuse();
		this.network.cut();
	}

	/**
	 * Mends the network.
	 */
	public void reappear() {
		this.network.pass();
	}

	@Override
	public void close() {
		this.client.close();
		this.network.close();
		this.server.stopAndWait();
	}

}
