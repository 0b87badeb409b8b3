package io.pyxbox.schema;

import javax.sql.DataSource;

import io.pyxbox.store.EventTable;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Puts the tables into the state that this version needs, once at start-up and after all
 * of the application's own migrations, and whenever it is called: an application whose
 * tests clean the database calls {@link #initialize()} afterwards.
 * <p>
 * Any number of instances may do so at the same time. Not for use by several threads of
 * one instance at once.
 */
public final class OutboxSchema implements InitializingBean {

	private static final Log logger = LogFactory.getLog(OutboxSchema.class);

	private static final String IDENTITY = """
			SELECT concat_ws(' ', datname, oid, extract(epoch FROM pg_postmaster_start_time()))
			FROM pg_catalog.pg_database
			WHERE datname = current_database()
			""";

	private final EventTable table;

	private final SchemaMode mode;

	private final DataSource dataSource;

	private final @Nullable DataSource schemaDataSource;

	private final BeanFactory beanFactory;

	/**
	 * Creates an instance; nothing is done yet.
	 * @param table the tables
	 * @param mode what to do
	 * @param dataSource the outbox's own
	 * @param schemaDataSource the one to migrate with, of the same database; {@code null}
	 * to take that of the application's Flyway if it migrates the same database, or the
	 * outbox's own
	 * @param beanFactory where to look for the application's Flyway
	 */
	public OutboxSchema(EventTable table, SchemaMode mode, DataSource dataSource, @Nullable DataSource schemaDataSource,
			BeanFactory beanFactory) {
		this.table = table;
		this.mode = mode;
		this.dataSource = dataSource;
		this.schemaDataSource = schemaDataSource;
		this.beanFactory = beanFactory;
	}

	@Override
	public void afterPropertiesSet() {
		initialize();
	}

	/**
	 * Migrates and validates as the mode says. Does nothing where nothing is to be done.
	 * @throws UnsupportedServerException if it is no PostgreSQL, or too old
	 * @throws FlywayMissingException if migrating needs Flyway and it is not there
	 * @throws MissingPrivilegeException if the role may not do it
	 * @throws SchemaMigrationException if a migration failed and was rolled back
	 * @throws SchemaMismatchException if the tables are not complete
	 */
	public void initialize() {
		if (this.mode == SchemaMode.NONE) {
			return;
		}
		PostgresServer.of(this.dataSource).requireSupported();
		if (this.mode == SchemaMode.MIGRATE) {
			if (!SchemaMode.flywayIsPresent()) {
				throw new FlywayMissingException();
			}
			new SchemaMigrator(this.table, migratingDataSource()).migrate();
		}
		new SchemaValidator(this.table, this.dataSource).validate();
	}

	private DataSource migratingDataSource() {
		DataSource chosen = this.schemaDataSource;
		if (chosen != null) {
			if (!isOfSameDatabase(chosen)) {
				throw new SchemaMigrationException(
						"The DataSource that is qualified with @PyxboxSchemaDataSource leads to"
								+ " another database than the outbox's own: it may differ in its credentials only",
						null);
			}
			return chosen;
		}
		DataSource users = UsersFlyway.dataSource(this.beanFactory);
		return (users != null && isOfSameDatabase(users)) ? users : this.dataSource;
	}

	private boolean isOfSameDatabase(DataSource other) {
		if (other == this.dataSource) {
			return true;
		}
		String own = identity(this.dataSource);
		try {
			return own.equals(identity(other));
		}
		catch (DataAccessException ex) {
			logger.debug("Not the outbox's database, nor one of PostgreSQL", ex);
			return false;
		}
	}

	private static String identity(DataSource dataSource) {
		return JdbcClient.create(dataSource).sql(IDENTITY).query(String.class).single();
	}

}
