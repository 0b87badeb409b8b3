package io.pyxbox.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What tests disturb connections with does what they rely on.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultyProxyTests {

	private static final int SHORT = 300;

	private static final int END = -1;

	private ServerSocket listening;

	private FaultyProxy proxy;

	private final List<Socket> sockets = new ArrayList<>();

	@BeforeEach
	void start() throws IOException {
		this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		this.proxy = new FaultyProxy(this.listening.getLocalPort());
	}

	@AfterEach
	void stop() throws IOException {
		this.proxy.close();
		this.listening.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

	@Test
	void passesBothWays() throws IOException {
		Ends ends = connect();

		ends.client().getOutputStream().write('a');
		ends.server().getOutputStream().write('b');

		assertThat(receive(ends.server())).isEqualTo('a');
		assertThat(receive(ends.client())).isEqualTo('b');
		assertThat(this.proxy.connections()).isEqualTo(1);
	}

	@Test
	void passesTheOrderlyEndOfAConnection() throws IOException {
		Ends ends = connect();

		ends.client().getOutputStream().write('a');
		ends.client().close();

		assertThat(receive(ends.server())).isEqualTo('a');
		assertThat(receive(ends.server())).isEqualTo(END);
	}

	@Test
	void delays() throws IOException {
		Ends ends = connect();
		long before = System.nanoTime();

		this.proxy.delay(Duration.ofMillis(SHORT));
		ends.client().getOutputStream().write('a');

		assertThat(receive(ends.server())).isEqualTo('a');
		assertThat(System.nanoTime() - before).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(SHORT));
	}

	@Test
	void deliversWhatItHeldBackAndTheEndOfTheConnection() throws IOException {
		Ends ends = connect();

		this.proxy.blackhole();
		ends.client().getOutputStream().write('a');
		ends.server().getOutputStream().write('b');
		assertSilent(ends.client());
		ends.client().close();
		assertSilent(ends.server());
		this.proxy.pass();

		assertThat(receive(ends.server())).isEqualTo('a');
		assertThat(receiveAfterReset(ends.server())).isEqualTo(END);
	}

	@Test
	void holdsBackRepliesOnly() throws IOException {
		Ends ends = connect();

		this.proxy.blackholeReplies();
		ends.client().getOutputStream().write('a');
		ends.server().getOutputStream().write('b');

		assertThat(receive(ends.server())).isEqualTo('a');
		assertSilent(ends.client());
		this.proxy.pass();
		assertThat(receive(ends.client())).isEqualTo('b');
	}

	@Test
	void refusesNewConnectionsOnly() throws IOException {
		Ends ends = connect();

		this.proxy.refuse();
		Socket refused = open();

		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> receive(refused));
		ends.client().getOutputStream().write('a');
		assertThat(receive(ends.server())).isEqualTo('a');
	}

	@Test
	void resetsBothEndsAndLosesWhatItHeldBack() throws IOException {
		Ends ends = connect();

		this.proxy.blackhole();
		ends.client().getOutputStream().write('a');
		assertSilent(ends.server());
		this.proxy.cut();
		this.proxy.pass();

		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> receive(ends.client()));
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> receive(ends.server()));
		assertThat(this.proxy.connections()).isZero();
	}

	@Test
	void passesAResetOn() throws IOException {
		Ends ends = connect();

		ends.server().setSoLinger(true, 0);
		ends.server().close();

		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> receive(ends.client()));
	}

	@Test
	void forgetsConnectionsForEverAndPassesNewOnes() throws IOException {
		Ends forgotten = connect();

		this.proxy.forget();
		Ends ends = connect();
		forgotten.client().getOutputStream().write('a');
		forgotten.client().close();
		ends.client().getOutputStream().write('b');

		assertThat(receive(ends.server())).isEqualTo('b');
		assertSilent(forgotten.server());
		this.proxy.bury();
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> receive(forgotten.server()));
		assertThat(this.proxy.connections()).isOne();
	}

	@Test
	void actsOnceBeforeARequestIsPassedOn() throws Exception {
		Ends ends = connect();

		CountDownLatch sprung = this.proxy.onRequest("COMMIT", this.proxy::blackhole);
		ends.client().getOutputStream().write("SELECT".getBytes());
		assertThat(ends.server().getInputStream().readNBytes(6)).asString().isEqualTo("SELECT");
		assertThat(sprung.getCount()).isOne();
		ends.client().getOutputStream().write("COMMIT".getBytes());

		assertThat(sprung.await(10, TimeUnit.SECONDS)).isTrue();
		assertSilent(ends.server());
		this.proxy.pass();
		ends.client().getOutputStream().write("COMMIT".getBytes());
		assertThat(ends.server().getInputStream().readNBytes(12)).asString().isEqualTo("COMMITCOMMIT");
	}

	@Test
	void knowsTheUrlThatLeadsThroughIt() {
		assertThat(this.proxy.through("jdbc:postgresql://localhost:5432/db?a=b"))
			.isEqualTo("jdbc:postgresql://localhost:" + this.proxy.port() + "/db?a=b");
	}

	private Ends connect() throws IOException {
		Socket client = open();
		Socket server = this.listening.accept();
		this.sockets.add(server);
		return new Ends(client, server);
	}

	private Socket open() throws IOException {
		Socket client = new Socket(InetAddress.getLoopbackAddress(), this.proxy.port());
		this.sockets.add(client);
		return client;
	}

	private static int receive(Socket socket) throws IOException {
		socket.setSoTimeout(10_000);
		return socket.getInputStream().read();
	}

	/** What was never read makes the end of a connection a reset. */
	private static int receiveAfterReset(Socket socket) throws IOException {
		try {
			return receive(socket);
		}
		catch (SocketException ex) {
			return END;
		}
	}

	private static void assertSilent(Socket socket) throws IOException {
		socket.setSoTimeout(SHORT);
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> socket.getInputStream().read());
	}

	private record Ends(Socket client, Socket server) {
	}

}
