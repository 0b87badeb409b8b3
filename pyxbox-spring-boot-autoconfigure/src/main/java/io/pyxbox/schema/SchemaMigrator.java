package io.pyxbox.schema;

import java.util.Map;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

import javax.sql.DataSource;

import io.pyxbox.store.EventTable;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.output.MigrateResult;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.backoff.BackOff;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.FixedBackOff;

/**
 * Creates and upgrades the tables with a Flyway of its own: it shares nothing with a
 * Flyway of the application, neither settings nor history nor scripts.
 * <ol>
 * <li>Create the schema, if a missing one is configured.
 * <li>The first time, check that nobody else's tables have the names. (Tables of ours may
 * be there: made by hand, or by a process that died before Flyway wrote its history,
 * which it commits after the script. That is why scripts must stand being run again.)
 * <li>Run Flyway. Its lock lets one instance pass at a time. The schema is normally not
 * empty, so it baselines, at 0 for the first script to be run.
 * </ol>
 */
final class SchemaMigrator {

	/** Not below {@code db/migration}, where the application's Flyway would find it. */
	static final String LOCATION = "classpath:io/pyxbox/schema/migration";

	private static final Log logger = LogFactory.getLog(SchemaMigrator.class);

	/** Scripts that change a table in use wait for its lock for two seconds each time. */
	private static final BackOff LOCK_ATTEMPTS = new FixedBackOff(500, 20);

	private static final String LOCK_NOT_AVAILABLE = "55P03";

	private static final String DEADLOCK = "40P01";

	private final EventTable table;

	private final DataSource dataSource;

	private final JdbcClient jdbc;

	SchemaMigrator(EventTable table, DataSource dataSource) {
		this.table = table;
		this.dataSource = dataSource;
		this.jdbc = JdbcClient.create(dataSource);
	}

	void migrate() {
		if (!ask("SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ?)", this.table.schema())) {
			createSchema();
		}
		boolean firstTime = !historyExists();
		if (firstTime) {
			requireCreatePrivilege();
			new SchemaValidator(this.table, this.dataSource).requireNamesFree();
		}
		MigrateResult result = run(firstTime);
		if (result.migrationsExecuted > 0) {
			logger.info("The tables of pyxbox, " + this.table + ", are now at version " + result.targetSchemaVersion);
		}
	}

	private void createSchema() {
		String name = '"' + this.table.schema() + '"';
		try {
			this.jdbc.sql("CREATE SCHEMA IF NOT EXISTS " + name).update();
		}
		catch (DuplicateKeyException ex) {
			logger.debug("Another instance has just created the schema " + name);
		}
		catch (DataAccessException ex) {
			if (!Role.isDenied(ex)) {
				throw ex;
			}
			String database = this.jdbc.sql("SELECT quote_ident(current_database())").query(String.class).single();
			throw Role.of(this.jdbc)
				.mayNotMigrate("create the schema " + name, ex, "GRANT CREATE ON DATABASE " + database);
		}
	}

	/**
	 * Asked beforehand because Flyway, failing to create its history table, would go on
	 * for seconds in an aborted transaction and report that instead.
	 */
	private void requireCreatePrivilege() {
		if (!ask("SELECT has_schema_privilege(?, 'CREATE')", this.table.schema())) {
			throw Role.of(this.jdbc)
				.mayNotMigrate("create tables in the schema \"" + this.table.schema() + '"', null, grantCreate());
		}
	}

	/**
	 * A second attempt is due if another instance created the history table after Flyway
	 * had looked for it: it would then find a schema that is not empty and insist on a
	 * baseline, which is too late. With the table there it does not ask again.
	 */
	private MigrateResult run(boolean firstTime) {
		Flyway flyway = flyway();
		try {
			return migratePatiently(flyway);
		}
		catch (FlywayException ex) {
			if (!firstTime || Role.isDenied(ex) || !historyExists()) {
				throw failed(ex);
			}
			logger.debug("Another instance is migrating as well", ex);
		}
		try {
			return migratePatiently(flyway);
		}
		catch (FlywayException ex) {
			throw failed(ex);
		}
	}

	/**
	 * Whoever waits for the lock of a table makes everybody else wait behind. So a script
	 * gives up soon where a long transaction is in the way, and comes back.
	 */
	private static MigrateResult migratePatiently(Flyway flyway) {
		BackOffExecution attempts = LOCK_ATTEMPTS.start();
		while (true) {
			try {
				return flyway.migrate();
			}
			catch (FlywayException ex) {
				long pause = attempts.nextBackOff();
				boolean inTheWay = hasState(ex, LOCK_NOT_AVAILABLE) || hasState(ex, DEADLOCK);
				if (!inTheWay || pause == BackOffExecution.STOP || !pause(pause)) {
					throw ex;
				}
				logger
					.info("Transactions that use the tables of pyxbox are in the way of their migration: trying again");
			}
		}
	}

	private static boolean pause(long millis) {
		try {
			Thread.sleep(millis);
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private static boolean hasState(Throwable failure, String state) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof SQLException ex && state.equals(ex.getSQLState())) {
				return true;
			}
		}
		return false;
	}

	private Flyway flyway() {
		return Flyway.configure(SchemaMigrator.class.getClassLoader())
			.dataSource(new SessionPreservingDataSource(this.dataSource))
			.schemas(this.table.schema())
			.defaultSchema(this.table.schema())
			.createSchemas(false)
			.table(this.table.historyName())
			.locations(LOCATION)
			.failOnMissingLocations(true)
			.placeholders(Map.of("schema", this.table.schema(), "table", this.table.name()))
			.baselineOnMigrate(true)
			.baselineVersion("0")
			.load();
	}

	private RuntimeException failed(FlywayException ex) {
		if (Role.isDenied(ex)) {
			return Role.of(this.jdbc)
				.mayNotMigrate("migrate the tables of pyxbox", ex, grantCreate(),
						"GRANT SELECT, INSERT ON " + history());
		}
		return new SchemaMigrationException(
				"The tables of pyxbox, " + this.table + ", could not be migrated: " + ex.getMessage() + shortage(ex),
				ex);
	}

	private static String shortage(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof SQLTransientConnectionException) {
				return ". Migrating takes two connections at a time: is the pool larger than one?";
			}
		}
		if (hasState(failure, LOCK_NOT_AVAILABLE)) {
			return ". A transaction that uses the tables has been open for too long: end it "
					+ "(see pg_stat_activity, xact_start) and start again.";
		}
		return "";
	}

	private String grantCreate() {
		return "GRANT CREATE, USAGE ON SCHEMA \"" + this.table.schema() + '"';
	}

	private boolean historyExists() {
		return ask("SELECT to_regclass(?) IS NOT NULL", history());
	}

	private String history() {
		return '"' + this.table.schema() + "\".\"" + this.table.historyName() + '"';
	}

	private boolean ask(String sql, String parameter) {
		return this.jdbc.sql(sql).param(parameter).query(Boolean.class).single();
	}

}
