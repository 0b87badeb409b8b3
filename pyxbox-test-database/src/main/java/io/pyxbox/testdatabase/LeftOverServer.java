package io.pyxbox.testdatabase;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The server that a killed JVM has left running on a data directory. It has to end before
 * another one may start there; what it had committed is still there then.
 */
final class LeftOverServer {

	private static final int PATIENCE_IN_SECONDS = 3;

	private LeftOverServer() {
	}

	static void end(Path data) {
		Path pidFile = data.resolve("postmaster.pid");
		if (!Files.exists(pidFile)) {
			return;
		}
		try {
			List<String> lines = Files.readAllLines(pidFile);
			if (isLocked(data.resolve("epg-lock"))) {
				throw new IllegalStateException("Another process works on " + data
						+ ": end it, or share its database at jdbc:postgresql://localhost:" + lines.get(3)
						+ "/postgres (user postgres)");
			}
			Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(lines.get(0).strip()));
			Optional<String> command = process.map(ProcessHandle::info).flatMap(ProcessHandle.Info::command);
			if (command.isPresent() && !command.get().contains("postgres")) {
				// Since a reboot the process id is another program's. Finding the file,
				// PostgreSQL would refuse to start.
				Files.delete(pidFile);
			}
			else if (command.isPresent() && hasStartedAt(process.get(), Long.parseLong(lines.get(2).strip()))) {
				end(process.get());
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * The JVM that started a server holds this lock as long as it lives.
	 */
	private static boolean isLocked(Path lockFile) throws IOException {
		try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
				FileLock lock = channel.tryLock()) {
			return lock == null;
		}
		catch (OverlappingFileLockException ex) {
			return true;
		}
	}

	private static boolean hasStartedAt(ProcessHandle process, long epochSecond) {
		return process.info()
			.startInstant()
			.filter((start) -> Math.abs(start.getEpochSecond() - epochSecond) < 60)
			.isPresent();
	}

	private static void end(ProcessHandle postmaster) {
		List<ProcessHandle> family = Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
		postmaster.destroy();
		if (!hasEnded(postmaster)) {
			// It waits for a client; a killed server recovers when it starts.
			family.forEach(ProcessHandle::destroyForcibly);
		}
		if (!family.stream().allMatch(LeftOverServer::hasEnded)) {
			throw new IllegalStateException("The server with process id " + postmaster.pid() + " does not end");
		}
	}

	private static boolean hasEnded(ProcessHandle process) {
		try {
			process.onExit().get(PATIENCE_IN_SECONDS, TimeUnit.SECONDS);
			return true;
		}
		catch (TimeoutException ex) {
			return false;
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

}
