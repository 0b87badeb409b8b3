package io.pyxbox.testdatabase;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An installed PgBouncer.
 *
 * @param file the program
 * @param version what it calls itself, as in {@code PgBouncer 1.18.0}
 */
record PgBouncerBinary(Path file, String version) {

	/** Where packages put it, which is not on everybody's PATH. */
	static final List<String> OFF_THE_PATH = List.of("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin");

	private static final Pattern VERSION = Pattern.compile("PgBouncer (\\d+)\\.(\\d+).*");

	static Optional<PgBouncerBinary> find() {
		String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
		return find(Stream.concat(Stream.of(path.split(File.pathSeparator)), OFF_THE_PATH.stream()).toList());
	}

	static Optional<PgBouncerBinary> find(List<String> directories) {
		return directories.stream()
			.map((directory) -> Path.of(directory, "pgbouncer"))
			.filter(Files::isExecutable)
			.findFirst()
			.map((file) -> new PgBouncerBinary(file, askForVersion(file)));
	}

	private static String askForVersion(Path file) {
		try {
			Process process = new ProcessBuilder(file.toString(), "--version").redirectErrorStream(true).start();
			try (var output = process.inputReader(StandardCharsets.UTF_8)) {
				return Optional.ofNullable(output.readLine()).orElse("");
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Tells whether it finds a client's prepared statements again on each connection to
	 * the server. Older ones leave them where they were made.
	 */
	boolean knowsPreparedStatements() {
		Matcher matcher = VERSION.matcher(this.version);
		if (!matcher.matches()) {
			throw new IllegalStateException("Not a version of PgBouncer from " + this.file + ": " + this.version);
		}
		int major = Integer.parseInt(matcher.group(1));
		return major > 1 || (major == 1 && Integer.parseInt(matcher.group(2)) >= 21);
	}

}
