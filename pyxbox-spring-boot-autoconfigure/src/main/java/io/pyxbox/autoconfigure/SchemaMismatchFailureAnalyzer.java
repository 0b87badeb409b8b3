package io.pyxbox.autoconfigure;

import io.pyxbox.schema.SchemaMismatchException;
import io.pyxbox.store.EventTable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that tables are missing or outdated, and how to bring them up to date.
 */
class SchemaMismatchFailureAnalyzer extends AbstractFailureAnalyzer<SchemaMismatchException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, SchemaMismatchException cause) {
		EventTable table = cause.getTable();
		return new FailureAnalysis(cause.getMessage() + ".", """
				The SQL scripts are in classpath:io/pyxbox/schema/migration (in the jar of \
				pyxbox-spring-boot-autoconfigure). Apply them in one of three ways:
				- let pyxbox do it: set 'pyxbox.schema.mode=migrate', with org.flywaydb:flyway-core and \
				org.flywaydb:flyway-database-postgresql on the class path;
				- by hand: replace ${schema} by %1$s and ${table} by %2$s, and run them in the order of their versions \
				with psql;
				- copy them, with the same replacements, to the migrations of the application (Flyway, Liquibase, ...).
				If a table of that name is not one of pyxbox, choose another name with 'pyxbox.table-name', or another \
				schema with 'pyxbox.schema-name'.""".formatted(table.schema(), table.name()), cause);
	}

}
