package io.pyxbox.scenario;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * An application in a JVM of its own, there to be killed.
 */
final class ChildJvm implements AutoCloseable {

	private final Process process;

	private ChildJvm(Process process) {
		this.process = process;
	}

	static ChildJvm start(Class<?> configuration, String... arguments) throws IOException {
		return start(Map.of(), configuration, arguments);
	}

	static ChildJvm start(Map<String, String> environment, Class<?> configuration, String... arguments)
			throws IOException {
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
		builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
		return new ChildJvm(builder.start());
	}

	/**
	 * Kills it as the kernel does when memory is short: nothing of it runs any more.
	 */
	void kill() {
		this.process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
	}

	boolean hasDied() {
		return !this.process.isAlive();
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
			TestApplication.start(Class.forName(arguments[0]), Arrays.copyOfRange(arguments, 1, arguments.length));
		}

	}

}
