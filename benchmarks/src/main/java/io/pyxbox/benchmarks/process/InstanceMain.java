package io.pyxbox.benchmarks.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import io.pyxbox.benchmarks.contender.Contender;
import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Tally;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The main class of a contender's JVM: reads commands from its input and answers each of
 * them on its output, until its input ends. What anybody else prints goes to the log.
 */
public final class InstanceMain {

	private static final int LONGEST_ERROR = 200;

	private @Nullable Contender contender;

	private @Nullable Handler handler;

	private @Nullable Emitter emitter;

	private InstanceMain() {
	}

	/**
	 * Does what it is told.
	 * @param arguments none
	 * @throws IOException if the coordinator cannot be understood
	 */
	public static void main(String[] arguments) throws IOException {
		PrintStream answers = System.out;
		System.setOut(System.err);
		JsonMapper mapper = new JsonMapper();
		InstanceMain instance = new InstanceMain();
		BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = commands.readLine(); line != null; line = commands.readLine()) {
			answers.println(mapper.writeValueAsString(instance.answer(mapper.readValue(line, Command.class))));
			answers.flush();
		}
		// Libraries wait for what they are at, and the database may be gone already.
		Runtime.getRuntime().halt(0);
	}

	private Answer answer(Command command) {
		try {
			long startedAt = System.nanoTime();
			double value = execute(command);
			return new Answer(value, (System.nanoTime() - startedAt) / 1e9, null);
		}
		catch (Exception | LinkageError ex) {
			ex.printStackTrace();
			String error = ex.toString();
			return new Answer(0, 0, error.substring(0, Math.min(error.length(), LONGEST_ERROR)));
		}
	}

	private double execute(Command command) throws InterruptedException {
		if (command instanceof Command.Start start) {
			this.handler = new Handler(start.handling());
			this.contender = start.type().start(start.target(), this.handler);
			this.emitter = new Emitter(this.contender);
			return 0;
		}
		if (this.contender == null || this.handler == null || this.emitter == null) {
			throw new IllegalStateException("Not started: " + command);
		}
		if (command instanceof Command.Record recording) {
			Tally tally = new Tally(Path.of(recording.file()), recording.capacity(), recording.withTimes());
			this.handler.recordIn(tally);
			this.emitter.recordIn(tally);
		}
		else if (command instanceof Command.Fill fill) {
			this.emitter.fill(fill);
		}
		else if (command instanceof Command.EmitFor emit) {
			return this.emitter.emitFor(emit);
		}
		else if (command instanceof Command.EmitPaced emit) {
			return this.emitter.emitPaced(emit);
		}
		else if (command instanceof Command.EmitInOrder emit) {
			this.emitter.emitInOrder(emit);
		}
		else if (command instanceof Command.Consume consume) {
			if (consume.consume()) {
				this.contender.startConsuming();
			}
			else {
				this.contender.stopConsuming();
			}
		}
		return 0;
	}

}
