package io.pyxbox.scenario;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * An application in a JVM of its own, there to be killed. Not for Windows, where it has
 * to do with signals.
 */
public final class ChildJvm implements AutoCloseable {

	private final Process process;

	private ChildJvm(Process process) {
		this.process = process;
	}

	static ChildJvm start(Class<?> configuration, String... arguments) throws IOException {
		return start(Redirect.DISCARD, Map.of(), configuration, arguments);
	}

	static ChildJvm start(Map<String, String> environment, Class<?> configuration, String... arguments)
			throws IOException {
		return start(Redirect.DISCARD, environment, configuration, arguments);
	}

	/**
	 * Starts an application.
	 * @param output where its output goes
	 * @param configuration its configuration
	 * @param arguments its arguments
	 * @return a child whose application is about to start
	 * @throws IOException if there is no starting it
	 */
	public static ChildJvm start(Redirect output, Class<?> configuration, String... arguments) throws IOException {
		return start(output, Map.of(), configuration, arguments);
	}

	private static ChildJvm start(Redirect output, Map<String, String> environment, Class<?> configuration,
			String... arguments) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
		command.add(Main.class.getName());
		command.add(configuration.getName());
		command.addAll(Arrays.asList(arguments));
		ProcessBuilder builder = new ProcessBuilder(command);
		builder.environment()
			.put("CLASSPATH", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
		builder.environment().putAll(environment);
		builder.redirectErrorStream(true).redirectOutput(output);
		return new ChildJvm(builder.start());
	}

	public boolean isAlive() {
		return this.process.isAlive();
	}

	/**
	 * Kills it as the kernel does when memory is short: nothing of it runs any more.
	 */
	public void kill() {
		this.process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
	}

	boolean hasDied() {
		return !this.process.isAlive();
	}

	/**
	 * Asks it to end, by SIGTERM, and waits until it has.
	 */
	public void terminate() {
		// By its handle: the process itself would close its input, too, which ends it at
		// once.
		this.process.toHandle().destroy();
		this.process.onExit().orTimeout(60, TimeUnit.SECONDS).join();
	}

	/**
	 * Stops it in the middle of what it does, as a long pause of its machine would.
	 */
	public void pause() {
		signal("STOP");
	}

	/**
	 * Lets it go on where it was.
	 */
	public void resume() {
		signal("CONT");
	}

	private void signal(String name) {
		try {
			// A builtin of the shell: the program of that name is not everywhere.
			new ProcessBuilder("sh", "-c", "kill -" + name + " " + this.process.pid()).inheritIO().start().waitFor();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		kill();
	}

	/**
	 * What the child runs. It ends with its parent, however that ends.
	 */
	static final class Main {

		private Main() {
		}

		public static void main(String[] arguments) throws Exception {
			Thread watch = new Thread(() -> {
				try {
					System.in.transferTo(OutputStream.nullOutputStream());
				}
				catch (IOException ex) {
					// The parent is gone as well.
				}
				Runtime.getRuntime().halt(1);
			});
			watch.setDaemon(true);
			watch.start();
			Class<?> configuration = Class.forName(arguments[0]);
			String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
			if (Program.class.isAssignableFrom(configuration)) {
				((Program) configuration.getDeclaredConstructor().newInstance()).run(rest);
				return;
			}
			TestApplication application = TestApplication.start(configuration, rest);
			Runtime.getRuntime().addShutdownHook(new Thread(application::close));
		}

	}

	/**
	 * A program without Spring Boot, in place of a configuration.
	 */
	interface Program {

		void run(String[] arguments) throws Exception;

	}

}
