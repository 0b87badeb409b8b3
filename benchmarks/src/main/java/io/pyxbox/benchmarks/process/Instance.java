package io.pyxbox.benchmarks.process;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.contender.Target;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.event.Tally;
import tools.jackson.databind.json.JsonMapper;

/**
 * One instance of a contender's application, in a JVM of its own. To be used by one
 * thread at a time.
 */
public final class Instance implements AutoCloseable {

	private static final int PATIENCE_IN_SECONDS = 10;

	/** More than anything takes. */
	private static final int LONGEST_COMMAND_IN_MINUTES = 5;

	private final JsonMapper mapper = new JsonMapper();

	private final ContenderType type;

	private final Process process;

	private final Path log;

	private final BufferedWriter commands;

	private final BufferedReader answers;

	private Instance(ContenderType type, Path log) {
		this.type = type;
		this.log = log;
		try {
			Files.createDirectories(log.toAbsolutePath().getParent());
			ProcessBuilder builder = new ProcessBuilder(
					Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g",
					InstanceMain.class.getName())
				.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
			builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
			this.process = builder.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.commands = this.process.outputWriter(StandardCharsets.UTF_8);
		this.answers = this.process.inputReader(StandardCharsets.UTF_8);
	}

	/**
	 * Starts an instance. It does not consume yet.
	 * @param type who
	 * @param target on which database
	 * @param handling what its handler does
	 * @param log where to append what it prints
	 * @return the running instance
	 */
	public static Instance start(ContenderType type, Target target, Handling handling, Path log) {
		Instance instance = new Instance(type, log);
		try {
			instance.execute(new Command.Start(type, target, handling));
			return instance;
		}
		catch (RuntimeException ex) {
			instance.close();
			throw ex;
		}
	}

	/**
	 * Records what is handled from now on.
	 * @param tally the record, which other instances may share
	 */
	public void recordIn(Tally tally) {
		execute(new Command.Record(tally.file().toString(), tally.capacity(), tally.withTimes()));
	}

	/**
	 * Stores a backlog.
	 * @param from the first number
	 * @param to the number after the last one
	 * @param keys the keys
	 */
	public void fill(int from, int to, Keys keys) {
		execute(new Command.Fill(from, to, keys));
	}

	/**
	 * Runs business transactions with two threads.
	 * @param raw whether to use raw inserts instead of the contender
	 * @param events events in each
	 * @param seconds how long
	 * @return what has been emitted
	 */
	public Emitted emitFor(boolean raw, int events, double seconds) {
		Answer answer = execute(new Command.EmitFor(raw, events, seconds));
		return new Emitted(answer.value(), answer.seconds());
	}

	/**
	 * Runs business transactions of one event each, at fixed times.
	 * @param count how many
	 * @param perSecond how many per second
	 * @return by how many milliseconds the latest began too late
	 */
	public double emitPaced(int count, int perSecond) {
		return execute(new Command.EmitPaced(count, perSecond)).value();
	}

	/**
	 * Runs business transactions of some events each, one after the other.
	 * @param from the first number
	 * @param to the number after the last one
	 * @param step from one number to the next
	 * @param events the number of events in each
	 * @param keys the keys
	 */
	public void emitInOrder(int from, int to, int step, int events, Keys keys) {
		execute(new Command.EmitInOrder(from, to, step, events, keys));
	}

	/**
	 * Starts to consume.
	 */
	public void startConsuming() {
		execute(new Command.Consume(true));
	}

	/**
	 * Consumes no more when this returns.
	 */
	public void stopConsuming() {
		execute(new Command.Consume(false));
	}

	/**
	 * Returns how much time of a processor the JVM has used.
	 * @return the time; zero where the system does not tell
	 */
	public Duration cpu() {
		return this.process.info().totalCpuDuration().orElse(Duration.ZERO);
	}

	/** Whoever does not answer is ended, so that the others get their turn. */
	private Answer execute(Command command) {
		CompletableFuture<Void> answered = new CompletableFuture<>();
		answered.orTimeout(LONGEST_COMMAND_IN_MINUTES, TimeUnit.MINUTES).exceptionally((late) -> {
			this.process.destroyForcibly();
			return null;
		});
		try {
			this.commands.write(this.mapper.writeValueAsString(command));
			this.commands.newLine();
			this.commands.flush();
			String line = this.answers.readLine();
			if (line == null) {
				throw new IllegalStateException(this.type + " has died at " + command + ", see " + this.log);
			}
			Answer answer = this.mapper.readValue(line, Answer.class);
			if (answer.error() != null) {
				throw new IllegalStateException(
						this.type + " failed at " + command + ": " + answer.error() + ", see " + this.log);
			}
			return answer;
		}
		catch (IOException ex) {
			throw new IllegalStateException(this.type + " cannot be reached at " + command + ", see " + this.log, ex);
		}
		finally {
			answered.complete(null);
		}
	}

	/**
	 * Ends the JVM.
	 */
	@Override
	public void close() {
		try {
			this.commands.close();
		}
		catch (IOException ex) {
			// It has ended already.
		}
		try {
			if (!this.process.waitFor(PATIENCE_IN_SECONDS, TimeUnit.SECONDS)) {
				this.process.destroyForcibly();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * What came of emitting for a while.
	 *
	 * @param transactions the number of transactions
	 * @param seconds how long they took
	 */
	public record Emitted(double transactions, double seconds) {
	}

}
