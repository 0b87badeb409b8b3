package io.pyxbox.publish.rabbit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;

/**
 * A RabbitMQ, one for all tests of a JVM, and what has arrived in its queues. It can be
 * shut down or killed, and started again on the same port with what it had.
 */
public final class RabbitBroker {

	/** Larger messages it does not take. */
	static final int MAX_MESSAGE_SIZE = 2 * 1024 * 1024;

	private static RabbitBroker shared;

	private final Map<String, List<Delivery>> received = new ConcurrentHashMap<>();

	private final AtomicInteger names = new AtomicInteger();

	private final RabbitServer server;

	private RabbitBroker(RabbitServer server) {
		this.server = server;
	}

	/**
	 * Returns the broker, started if it is not there yet. Skips the test where RabbitMQ
	 * is not installed, and says so.
	 * @return a broker that takes connections
	 */
	public static synchronized RabbitBroker get() {
		if (shared == null) {
			RabbitServer server = RabbitServer.start("max_message_size = " + MAX_MESSAGE_SIZE + "\n");
			Runtime.getRuntime().addShutdownHook(new Thread(server::close));
			shared = new RabbitBroker(server);
		}
		return shared;
	}

	/** A name that nothing has yet. */
	public String newName() {
		return "orders-" + this.names.incrementAndGet();
	}

	public int port() {
		return this.server.port();
	}

	public void shutDown() {
		this.server.shutDown();
	}

	public void kill() {
		this.server.kill();
	}

	public void startAgain() throws IOException, InterruptedException {
		this.server.start();
	}

	/** Makes it short of memory, so that it reads nothing from those who publish. */
	public void runOutOfMemory() {
		this.server.control("set_vm_memory_high_watermark", "0");
	}

	public void haveMemoryAgain() {
		this.server.control("set_vm_memory_high_watermark", "0.9");
	}

	/** Declares an exchange, and a queue that gets all that it is sent. */
	public void createExchangeWithQueue(String name) {
		createExchange(name);
		createQueue(name, Map.of());
		bind(name, name);
	}

	public void createExchange(String name) {
		call((channel) -> channel.exchangeDeclare(name, BuiltinExchangeType.TOPIC, true));
	}

	public void deleteExchange(String name) {
		call((channel) -> channel.exchangeDelete(name));
	}

	public void createQueue(String name, Map<String, Object> arguments) {
		call((channel) -> channel.queueDeclare(name, true, false, false, arguments));
	}

	public void bind(String queue, String exchange) {
		bind(queue, exchange, "#");
	}

	public void bind(String queue, String exchange, String routingKey) {
		call((channel) -> channel.queueBind(queue, exchange, routingKey));
	}

	/**
	 * Returns all that a queue has got since it exists, in that order.
	 * @param queue the queue
	 * @return what was taken out of it, now or earlier
	 */
	public List<Delivery> read(String queue) {
		List<Delivery> all = this.received.computeIfAbsent(queue, (absent) -> new ArrayList<>());
		call((channel) -> {
			BlockingQueue<Delivery> arriving = new LinkedBlockingQueue<>();
			long waiting = channel.messageCount(queue);
			CancelCallback nothing = (tag) -> {
			};
			channel.basicConsume(queue, true, (tag, delivery) -> arriving.add(delivery), nothing);
			while (waiting > 0) {
				for (long i = 0; i < waiting; i++) {
					all.add(taken(arriving));
				}
				waiting = arriving.size() + channel.messageCount(queue);
			}
			return all;
		});
		return List.copyOf(all);
	}

	/** Takes what arrives in a queue from now on, one after the other. */
	public Subscriber subscribe(String queue) {
		try {
			return new Subscriber(factory().newConnection(), queue);
		}
		catch (IOException | TimeoutException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Delivery taken(BlockingQueue<Delivery> arriving) throws IOException {
		try {
			Delivery delivery = arriving.poll(30, TimeUnit.SECONDS);
			if (delivery == null) {
				throw new IOException("A message that was counted does not arrive");
			}
			return delivery;
		}
		catch (InterruptedException ex) {
			throw new IOException(ex);
		}
	}

	/**
	 * Returns the headers of a message as texts.
	 * @param delivery the message
	 * @return its headers
	 */
	public static Map<String, String> headers(Delivery delivery) {
		Map<String, String> headers = new HashMap<>();
		delivery.getProperties().getHeaders().forEach((name, value) -> headers.put(name, String.valueOf(value)));
		return headers;
	}

	private ConnectionFactory factory() {
		ConnectionFactory factory = new ConnectionFactory();
		factory.setPort(port());
		return factory;
	}

	private void call(Call call) {
		try (Connection connection = factory().newConnection(); Channel channel = connection.createChannel()) {
			call.on(channel);
		}
		catch (IOException | TimeoutException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Somebody who takes a message when he is done with the one before.
	 */
	public static final class Subscriber implements AutoCloseable {

		private final List<Delivery> received = new CopyOnWriteArrayList<>();

		private final Connection connection;

		private Subscriber(Connection connection, String queue) throws IOException {
			this.connection = connection;
			Channel channel = connection.createChannel();
			channel.basicQos(1);
			channel.basicConsume(queue, false, (tag, delivery) -> {
				this.received.add(delivery);
				channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
			}, (tag) -> {
			});
		}

		public List<Delivery> received() {
			return this.received;
		}

		@Override
		public void close() throws IOException {
			this.connection.close();
		}

	}

	@FunctionalInterface
	private interface Call {

		Object on(Channel channel) throws IOException;

	}

}
