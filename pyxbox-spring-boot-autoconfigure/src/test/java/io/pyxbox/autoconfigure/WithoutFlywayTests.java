package io.pyxbox.autoconfigure;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.store.EventTable;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application whose class path really has no Flyway, or not all of it: it runs in a
 * class loader of its own.
 */
class WithoutFlywayTests {

	private static final EventTable EVENTS = new EventTable("public", "events");

	private static final TestDatabase database = TestDatabase.create();

	private static final Map<String, URLClassLoader> classLoaders = new HashMap<>();

	@BeforeEach
	void emptyDatabase() {
		JdbcClient.create(database.dataSource()).sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").update();
	}

	@AfterAll
	static void dropDatabase() throws Exception {
		for (URLClassLoader classLoader : classLoaders.values()) {
			classLoader.close();
		}
		database.close();
	}

	@Test
	void missingTablesAreNotCreatedButReported() throws Exception {
		assertThat(start("flyway", "")).contains("table \"public\".\"events\" is missing")
			.contains("org.flywaydb:flyway-core and org.flywaydb:flyway-database-postgresql on the class path");
	}

	@Test
	void existingTablesAreValidated() throws Exception {
		new OutboxSchema(EVENTS, SchemaMode.MIGRATE, database.dataSource(), null, new DefaultListableBeanFactory())
			.initialize();

		assertThat(start("flyway", "")).isEqualTo("started");
	}

	@Test
	void flywayWithoutItsPostgresModuleCountsAsNone() throws Exception {
		assertThat(start("flyway-database-postgresql", "")).contains("table \"public\".\"events\" is missing");
	}

	@Test
	void migratingOnDemandSaysWhatIsMissing() throws Exception {
		assertThat(start("flyway", "migrate")).contains("Flyway with its PostgreSQL module is not on the class path")
			.contains("Add org.flywaydb:flyway-core and org.flywaydb:flyway-database-postgresql")
			.contains("pyxbox.schema.mode=validate");
	}

	private static String start(String missingJars, String mode) throws Exception {
		ClassLoader classLoader = classLoaders.computeIfAbsent(missingJars, WithoutFlywayTests::classLoaderWithout);
		Thread thread = Thread.currentThread();
		ClassLoader before = thread.getContextClassLoader();
		thread.setContextClassLoader(classLoader);
		try {
			Map<String, String> settings = Map.of("url", database.jdbcUrl(), "username", database.username(),
					"password", database.password(), "mode", mode);
			Object application = classLoader.loadClass(Application.class.getName())
				.getDeclaredConstructor(Map.class)
				.newInstance(settings);
			return (String) ((Callable<?>) application).call();
		}
		finally {
			thread.setContextClassLoader(before);
		}
	}

	static URLClassLoader classLoaderWithout(String missingJars) {
		URL[] classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !Path.of(entry).getFileName().toString().contains(missingJars))
			.map(WithoutFlywayTests::url)
			.toArray(URL[]::new);
		return new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader());
	}

	private static URL url(String entry) {
		try {
			return Path.of(entry).toUri().toURL();
		}
		catch (MalformedURLException ex) {
			throw new IllegalArgumentException(entry, ex);
		}
	}

	/**
	 * Loaded by the class loader without Flyway, as is all that it uses.
	 */
	public static final class Application implements Callable<String> {

		private final Map<String, String> settings;

		/**
		 * Takes what it needs to know of the database.
		 * @param settings only classes of the JDK: they are shared by both class loaders
		 */
		public Application(Map<String, String> settings) {
			this.settings = settings;
		}

		@Override
		public String call() {
			String[] result = new String[1];
			new ApplicationContextRunner()
				.withConfiguration(
						AutoConfigurations.of(DataSourceAutoConfiguration.class, PyxboxSchemaAutoConfiguration.class))
				.withPropertyValues("spring.datasource.url=" + this.settings.get("url"),
						"spring.datasource.username=" + this.settings.get("username"),
						"spring.datasource.password=" + this.settings.get("password"),
						"pyxbox.schema.mode=" + this.settings.get("mode"))
				.run((context) -> result[0] = (context.getStartupFailure() != null) ? StartupFailure.textOf(context)
						: "started");
			return result[0];
		}

	}

}
