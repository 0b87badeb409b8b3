package io.pyxbox.schema;

import org.springframework.util.ClassUtils;

/**
 * What happens to the tables at start-up.
 */
public enum SchemaMode {

	/**
	 * Create or upgrade the tables, then validate. Needs Flyway with its PostgreSQL
	 * module.
	 */
	MIGRATE,

	/**
	 * Check that the tables are there, have the columns that this version uses, and may
	 * be used by the role of the outbox's {@code DataSource}.
	 */
	VALIDATE,

	/**
	 * Do nothing: neither the tables nor the server are looked at.
	 */
	NONE;

	/**
	 * Returns the mode where none is configured.
	 * @return {@link #MIGRATE} if Flyway and its PostgreSQL module are on the class path,
	 * {@link #VALIDATE} otherwise
	 */
	public static SchemaMode detect() {
		return flywayIsPresent() ? MIGRATE : VALIDATE;
	}

	static boolean flywayIsPresent() {
		ClassLoader classLoader = SchemaMode.class.getClassLoader();
		return ClassUtils.isPresent("org.flywaydb.core.Flyway", classLoader)
				&& ClassUtils.isPresent("org.flywaydb.database.postgresql.PostgreSQLDatabaseType", classLoader);
	}

}
