package io.pyxbox.testdatabase;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.pyxbox.testdatabase.TestDatabase.Shutdown;
import io.zonky.test.db.postgres.util.LinuxUtils;

/**
 * The process that is a running server, and how to start it again as it was started.
 *
 * @param process the process
 * @param command its program and arguments
 */
record Postmaster(ProcessHandle process, List<String> command) {

	private static final int PATIENCE_IN_SECONDS = 60;

	static Postmaster of(Path data) {
		try {
			long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
			ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
			return new Postmaster(process, command(process.info()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static List<String> command(ProcessHandle.Info info) {
		List<String> command = new ArrayList<>();
		if (LinuxUtils.isUnshareAvailable()) {
			// PostgreSQL refuses to run for root.
			command.addAll(List.of("unshare", "-U"));
		}
		command.add(info.command().orElseThrow(Postmaster::unsupported));
		command.addAll(List.of(info.arguments().orElseThrow(Postmaster::unsupported)));
		return command;
	}

	private static UnsupportedOperationException unsupported() {
		return new UnsupportedOperationException("This system does not tell how a process was started");
	}

	/**
	 * Ends the server and all its connections.
	 */
	void stop(Shutdown how) {
		String signal = (how == Shutdown.FAST) ? "INT" : "QUIT";
		try {
			// A builtin of the shell: the program of that name is not everywhere.
			new ProcessBuilder("sh", "-c", "kill -" + signal + " " + this.process.pid()).inheritIO().start().waitFor();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.process.onExit().orTimeout(PATIENCE_IN_SECONDS, TimeUnit.SECONDS).join();
	}

	/**
	 * Starts the server again. It does not accept connections at once.
	 */
	void startAgain(Path log) {
		try {
			new ProcessBuilder(this.command).redirectErrorStream(true)
				.redirectOutput(Redirect.appendTo(log.toFile()))
				.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
