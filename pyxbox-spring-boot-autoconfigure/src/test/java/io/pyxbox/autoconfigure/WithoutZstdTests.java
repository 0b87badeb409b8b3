package io.pyxbox.autoconfigure;

import java.net.URLClassLoader;
import java.util.concurrent.Callable;

import io.pyxbox.schema.SchemaMode;
import io.pyxbox.standalone.Pyxbox;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A program whose class path really has no library for zstd.
 */
class WithoutZstdTests {

	@Test
	void theCodecIsMissedByItsNameAndNothingElseIs() throws Exception {
		try (URLClassLoader classLoader = WithoutFlywayTests.classLoaderWithout("zstd-jni")) {
			Callable<?> program = (Callable<?>) classLoader.loadClass(Program.class.getName())
				.getDeclaredConstructor()
				.newInstance();

			assertThat((String) program.call()).contains("names the codec 'zstd'")
				.contains("Known are gzip.")
				.contains("com.github.luben:zstd-jni is on the class path");
		}
	}

	/**
	 * Loaded by the class loader without the library.
	 */
	public static final class Program implements Callable<String> {

		@Override
		public String call() {
			try {
				Pyxbox.builder(new PGSimpleDataSource())
					.schemaName("public")
					.schemaMode(SchemaMode.NONE)
					.defaultCodec("zstd")
					.build();
				return "built";
			}
			catch (IllegalArgumentException ex) {
				return ex.getMessage();
			}
		}

	}

}
