package io.pyxbox.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import io.pyxbox.EventMetadata;

/**
 * A world outside the database: what is appended to a file stays there, whatever becomes
 * of the process, its connections and the server. Thread-safe.
 */
final class OutsideFile implements AutoCloseable {

	private final OutputStream file;

	OutsideFile(Path path) throws IOException {
		// Each line is one write, so that a killed process leaves no half of one.
		this.file = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
	}

	/**
	 * Appends a line: event, account, number, and when. The clock is one that all
	 * processes of this machine share.
	 */
	synchronized void append(Entry entry, EventMetadata metadata) throws IOException {
		String account = (entry.account() != null) ? entry.account() : "";
		long wait = System.currentTimeMillis() - metadata.createdAt().toEpochMilli();
		String line = metadata.id().value() + "," + account + "," + entry.number() + "," + System.nanoTime() + ","
				+ wait + "\n";
		this.file.write(line.getBytes(StandardCharsets.UTF_8));
	}

	@Override
	public void close() throws IOException {
		this.file.close();
	}

}
