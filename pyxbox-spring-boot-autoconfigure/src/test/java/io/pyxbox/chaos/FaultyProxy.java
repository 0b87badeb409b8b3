package io.pyxbox.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

import io.pyxbox.testdatabase.TestDatabase;

/**
 * A network between clients and a server that can be disturbed. What it holds back is
 * delivered later, as TCP does: also the end of a connection, so that a server does not
 * notice that its client is gone.
 */
public final class FaultyProxy implements AutoCloseable {

	private final InetSocketAddress server;

	private final ServerSocket listening;

	private final Set<Link> links = ConcurrentHashMap.newKeySet();

	private Weather weather = Weather.FAIR;

	private Trap trap = Trap.NONE;

	/**
	 * Creates a proxy in front of a server on this machine.
	 * @param port the server's port
	 */
	public FaultyProxy(int port) {
		this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
		try {
			this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		start("accept", this::accept);
	}

	/**
	 * Creates a proxy in front of the server of a database.
	 */
	static FaultyProxy to(TestDatabase database) {
		return new FaultyProxy(URI.create(database.jdbcUrl().substring("jdbc:".length())).getPort());
	}

	/**
	 * Returns where clients connect to.
	 * @return the port
	 */
	public int port() {
		return this.listening.getLocalPort();
	}

	/**
	 * Returns where a database of the server is reached through this proxy.
	 */
	String through(String jdbcUrl) {
		return jdbcUrl.replaceFirst("//[^/]+/", "//localhost:" + port() + "/");
	}

	/**
	 * All is well; what was held back is delivered.
	 */
	public void pass() {
		change(Weather.FAIR);
	}

	/** Whatever is sent arrives later. */
	void delay(Duration delay) {
		change(new Weather(true, true, true, delay));
	}

	/** Nothing arrives any more, and nobody is told. */
	void blackhole() {
		change(new Weather(true, false, false, Duration.ZERO));
	}

	/** What clients send arrives, but not what they are answered. */
	public void blackholeReplies() {
		change(new Weather(true, true, false, Duration.ZERO));
	}

	/**
	 * Connections are refused; those that there are go on.
	 */
	public void refuse() {
		change(new Weather(false, true, true, Duration.ZERO));
	}

	/**
	 * Resets all connections. What was held back is lost.
	 */
	public void cut() {
		this.links.forEach(Link::reset);
	}

	/**
	 * The connections that there are fall silent for ever, as if a firewall had forgotten
	 * them. New ones are not affected.
	 */
	public void forget() {
		this.links.forEach((link) -> link.forgotten = true);
	}

	/** The server finds out about forgotten connections, as by a keep-alive. */
	void bury() {
		this.links.stream().filter((link) -> link.forgotten).forEach(Link::reset);
	}

	/**
	 * Does something once, before a request is passed on.
	 * @param text what the request contains
	 * @param action what to do, once
	 * @return reaches zero when it is done
	 */
	synchronized CountDownLatch onRequest(String text, Runnable action) {
		this.trap = new Trap(text, action, new CountDownLatch(1));
		return this.trap.sprung();
	}

	int connections() {
		return this.links.size();
	}

	@Override
	public void close() {
		try {
			this.listening.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		cut();
		pass();
	}

	private synchronized void change(Weather weather) {
		this.weather = weather;
		notifyAll();
	}

	private void accept() {
		while (!this.listening.isClosed()) {
			try {
				Socket client = this.listening.accept();
				start("connect", () -> connect(client));
			}
			catch (IOException ex) {
				// Closed, or the client has given up.
			}
		}
	}

	private void connect(Socket client) {
		Link link = new Link(client, new Socket());
		this.links.add(link);
		try {
			if (!awaitPassage(link, true).accepts()) {
				link.reset();
				return;
			}
			// A network does not wait for more to send.
			client.setTcpNoDelay(true);
			link.server.setTcpNoDelay(true);
			link.server.connect(this.server);
			start("replies", () -> link.pump(link.server, link.client, false));
			link.pump(link.client, link.server, true);
		}
		catch (IOException | InterruptedException ex) {
			link.reset();
		}
	}

	/** Waits until something may go one way, or cannot any more. */
	private synchronized Weather awaitPassage(Link link, boolean toServer) throws InterruptedException {
		while (!link.isReset() && (link.forgotten || !this.weather.lets(toServer))) {
			wait();
		}
		return this.weather;
	}

	private void spring(byte[] bytes, int length) {
		Trap due;
		synchronized (this) {
			due = this.trap;
			if (due == Trap.NONE || !new String(bytes, 0, length, StandardCharsets.ISO_8859_1).contains(due.text())) {
				return;
			}
			this.trap = Trap.NONE;
		}
		due.action().run();
		due.sprung().countDown();
	}

	private static void start(String name, Runnable task) {
		Thread thread = new Thread(task, "faulty-proxy-" + name);
		thread.setDaemon(true);
		thread.start();
	}

	private record Weather(boolean accepts, boolean toServer, boolean toClient, Duration delay) {

		private static final Weather FAIR = new Weather(true, true, true, Duration.ZERO);

		boolean lets(boolean toServer) {
			return toServer ? this.toServer : this.toClient;
		}

	}

	private record Trap(String text, Runnable action, CountDownLatch sprung) {

		private static final Trap NONE = new Trap("", () -> {
		}, new CountDownLatch(0));

	}

	/**
	 * A client's connection and the one to the server.
	 */
	private final class Link {

		private final Socket client;

		private final Socket server;

		private volatile boolean forgotten;

		Link(Socket client, Socket server) {
			this.client = client;
			this.server = server;
		}

		void pump(Socket from, Socket to, boolean toServer) {
			byte[] buffer = new byte[65_536];
			try {
				for (int length = read(from, buffer, toServer); length >= 0; length = read(from, buffer, toServer)) {
					if (toServer) {
						spring(buffer, length);
					}
					Thread.sleep(awaitPassage(this, toServer).delay().toMillis());
					to.getOutputStream().write(buffer, 0, length);
				}
				awaitPassage(this, toServer);
				to.shutdownOutput();
			}
			catch (IOException ex) {
				// Nobody there to write to: the sender learns of it.
				resetLater(!toServer);
			}
			catch (InterruptedException ex) {
				reset();
			}
			if (this.client.isOutputShutdown() && this.server.isOutputShutdown()) {
				end(false);
			}
		}

		private int read(Socket from, byte[] buffer, boolean toServer) {
			try {
				return from.getInputStream().read(buffer);
			}
			catch (IOException ex) {
				resetLater(toServer);
				return -1;
			}
		}

		/** The news that one end is gone travels as everything else does. */
		private void resetLater(boolean toServer) {
			try {
				awaitPassage(this, toServer);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			reset();
		}

		boolean isReset() {
			return this.client.isClosed();
		}

		void reset() {
			end(true);
		}

		private void end(boolean abruptly) {
			FaultyProxy.this.links.remove(this);
			close(this.client, abruptly);
			close(this.server, abruptly);
			synchronized (FaultyProxy.this) {
				FaultyProxy.this.notifyAll();
			}
		}

		private static void close(Socket socket, boolean abruptly) {
			try {
				if (abruptly && !socket.isClosed()) {
					// The other end gets a reset.
					socket.setSoLinger(true, 0);
				}
				socket.close();
			}
			catch (IOException ex) {
				// Closed already.
			}
		}

	}

}
