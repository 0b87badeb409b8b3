package io.pyxbox.benchmarks.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * A way to the server that takes a while in each direction, and any number of bytes at a
 * time: what has been read waits in a queue until it is due, so that only time is lost
 * and no bandwidth.
 */
public final class SlowNetwork implements AutoCloseable {

	private static final int BUFFER = 65_536;

	private final ServerSocket entrance;

	private final int port;

	private final long delay;

	/**
	 * Opens a way to a server on this machine.
	 * @param port where the server listens
	 * @param delay how long each direction takes
	 */
	public SlowNetwork(int port, Duration delay) {
		this.port = port;
		this.delay = delay.toNanos();
		try {
			this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		start("slow-network", this::accept);
	}

	/**
	 * Returns where to connect.
	 * @return a port of this machine
	 */
	public int port() {
		return this.entrance.getLocalPort();
	}

	private void accept() throws IOException {
		while (true) {
			Socket client = this.entrance.accept();
			Socket server = new Socket(InetAddress.getLoopbackAddress(), this.port);
			client.setTcpNoDelay(true);
			server.setTcpNoDelay(true);
			connect(client, server);
			connect(server, client);
		}
	}

	private void connect(Socket from, Socket to) {
		BlockingQueue<Packet> onTheWay = new LinkedBlockingQueue<>();
		start("slow-network-in", () -> read(from, onTheWay));
		start("slow-network-out", () -> write(to, onTheWay));
	}

	private void read(Socket from, BlockingQueue<Packet> onTheWay) throws IOException {
		try (InputStream input = from.getInputStream()) {
			byte[] buffer = new byte[BUFFER];
			for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
				onTheWay.add(new Packet(Arrays.copyOf(buffer, count), System.nanoTime() + this.delay));
			}
		}
		finally {
			onTheWay.add(Packet.END);
		}
	}

	private static void write(Socket to, BlockingQueue<Packet> onTheWay) throws IOException, InterruptedException {
		try (OutputStream output = to.getOutputStream()) {
			for (Packet next = onTheWay.take(); next != Packet.END; next = onTheWay.take()) {
				for (long wait = next.due() - System.nanoTime(); wait > 0; wait = next.due() - System.nanoTime()) {
					LockSupport.parkNanos(wait);
				}
				output.write(next.bytes());
			}
		}
	}

	private static void start(String name, Traffic traffic) {
		Thread thread = new Thread(() -> {
			try {
				traffic.run();
			}
			catch (IOException ex) {
				// Somebody has hung up.
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}, name);
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() {
		try {
			this.entrance.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private interface Traffic {

		void run() throws IOException, InterruptedException;

	}

	/**
	 * Bytes on their way.
	 *
	 * @param bytes what was read
	 * @param due when they arrive, by {@link System#nanoTime()}
	 */
	private record Packet(byte[] bytes, long due) {

		static final Packet END = new Packet(new byte[0], 0);

	}

}
