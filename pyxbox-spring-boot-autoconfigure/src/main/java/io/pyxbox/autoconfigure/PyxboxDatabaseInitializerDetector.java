package io.pyxbox.autoconfigure;

import java.util.Set;

import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.store.EventTable;

import org.springframework.boot.sql.init.dependency.AbstractBeansOfTypeDatabaseInitializerDetector;
import org.springframework.core.Ordered;

/**
 * Puts the tables after all that the application does to its database: a Flyway of its
 * own would refuse a schema that is not empty. {@link EventTable} as well, because only
 * then may the schema exist that is the current one.
 */
class PyxboxDatabaseInitializerDetector extends AbstractBeansOfTypeDatabaseInitializerDetector {

	/** The largest of Spring's own is that of Modulith: 50 before the last. */
	private static final int ORDER = Ordered.LOWEST_PRECEDENCE - 40;

	@Override
	protected Set<Class<?>> getDatabaseInitializerBeanTypes() {
		return Set.of(EventTable.class, OutboxSchema.class);
	}

	@Override
	public int getOrder() {
		return ORDER;
	}

}
