package io.pyxbox.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Assumptions;

/**
 * A file system of its own in memory, that is soon full. Only root on Linux can have one.
 */
final class SmallDisk implements AutoCloseable {

	private final Path path;

	private SmallDisk(Path path) {
		this.path = path;
	}

	/**
	 * Mounts a disk, or skips the test.
	 */
	static SmallDisk mount(Path path, int megabytes) {
		if (run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", path.toString()) != 0) {
			String reason = "No disk to fill: only root on Linux can mount one in memory";
			System.out.println("Skipped: " + reason);
			Assumptions.abort(reason);
		}
		return new SmallDisk(path);
	}

	Path path() {
		return this.path;
	}

	/** Leaves no room for anything. */
	void fill() throws IOException {
		byte[] page = new byte[4096];
		try (OutputStream filler = Files.newOutputStream(filler())) {
			while (true) {
				filler.write(page);
			}
		}
		catch (IOException ex) {
			if (this.path.toFile().getUsableSpace() > page.length) {
				throw ex;
			}
		}
	}

	void makeRoom() throws IOException {
		Files.delete(filler());
	}

	private Path filler() {
		return this.path.resolve("filler");
	}

	@Override
	public void close() {
		if (run("umount", this.path.toString()) != 0) {
			throw new IllegalStateException(this.path + " is still mounted");
		}
	}

	private static int run(String... command) {
		try {
			return new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start()
				.waitFor();
		}
		catch (IOException ex) {
			// There is no such program.
			return -1;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
