package io.pyxbox.testdatabase;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class PgBouncerBinaryTests {

	@TempDir
	private Path directory;

	@ParameterizedTest
	@CsvSource({ "PgBouncer 1.18.0, false", "PgBouncer 1.20.1, false", "PgBouncer 1.21.0, true",
			"PgBouncer 1.25.1-dev, true", "PgBouncer 2.0.0, true" })
	void preparedStatementsAreKnownSinceVersion121(String version, boolean known) {
		assertThat(new PgBouncerBinary(Path.of("pgbouncer"), version).knowsPreparedStatements()).isEqualTo(known);
	}

	@Test
	void whatIsNotAVersionIsRefused() {
		PgBouncerBinary binary = new PgBouncerBinary(Path.of("/bin/pgbouncer"), "command not found");

		assertThatIllegalStateException().isThrownBy(binary::knowsPreparedStatements)
			.withMessageContaining("/bin/pgbouncer")
			.withMessageContaining("command not found");
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void theFirstOneThatCanBeExecutedIsAskedForItsVersion() throws IOException {
		Path first = Files.createDirectory(this.directory.resolve("first"));
		Path second = Files.createDirectory(this.directory.resolve("second"));
		write(first, "not executable");
		Path program = write(second, "#!/bin/sh\necho PgBouncer 1.21.0 $*\necho and more\n");
		assertThat(program.toFile().setExecutable(true)).isTrue();

		assertThat(PgBouncerBinary.find(List.of(first.toString(), second.toString())))
			.contains(new PgBouncerBinary(program, "PgBouncer 1.21.0 --version"));
	}

	@Test
	void whereThereIsNoneNoneIsFound() {
		assertThat(PgBouncerBinary.find(List.of(this.directory.toString(), "/does/not/exist"))).isEmpty();
	}

	private static Path write(Path directory, String program) throws IOException {
		return Files.writeString(directory.resolve("pgbouncer"), program);
	}

}
