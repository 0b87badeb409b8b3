package io.pyxbox.benchmarks.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SlowNetworkTests {

	@Test
	void everyByteArrivesInOrderAndEndsWithTheEnd() throws IOException {
		byte[] sent = new byte[1_000_000];
		for (int i = 0; i < sent.length; i++) {
			sent[i] = (byte) (i * 31);
		}
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				SlowNetwork network = new SlowNetwork(server.getLocalPort(), Duration.ofMillis(1));
				Socket client = new Socket(InetAddress.getLoopbackAddress(), network.port());
				Socket accepted = server.accept()) {
			CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(client, sent));

			assertThat(accepted.getInputStream().readAllBytes()).isEqualTo(sent);
			sending.join();
		}
	}

	private static void send(Socket client, byte[] bytes) {
		try {
			client.getOutputStream().write(bytes);
			client.shutdownOutput();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
