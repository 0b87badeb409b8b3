package io.pyxbox.autoconfigure;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * The {@code DataSource} whose transactions emit events, in the form under which Spring's
 * transaction managers know its connections.
 *
 * @param dataSource the outbox's
 */
record OutboxDataSource(DataSource dataSource) {

	/**
	 * Chooses the qualified bean, or else the only or primary one.
	 */
	static OutboxDataSource choose(ObjectProvider<DataSource> qualified, ObjectProvider<DataSource> candidates) {
		DataSource chosen = only(qualified);
		if (chosen == null) {
			chosen = only(candidates);
		}
		if (chosen == null) {
			throw new PyxboxConfigurationException(
					"pyxbox keeps events in the application's database, but there is no DataSource bean.",
					"Set 'spring.datasource.url' to a PostgreSQL database, or declare a DataSource bean. An application"
							+ " without a database has no use for pyxbox: take its starter off the class path.",
					null);
		}
		return new OutboxDataSource(unwrap(chosen));
	}

	private static @Nullable DataSource only(ObjectProvider<DataSource> provider) {
		try {
			return provider.getIfAvailable();
		}
		catch (NoUniqueBeanDefinitionException ex) {
			throw new PyxboxConfigurationException(
					"pyxbox found several DataSource beans and cannot choose: " + ex.getBeanNamesFound() + ".",
					"Annotate the one whose transactions emit events with @PyxboxDataSource"
							+ " (io.pyxbox.autoconfigure.PyxboxDataSource), or mark it as @Primary.",
					null);
		}
	}

	/**
	 * Transaction managers do the same: with the proxy, transactions would not be seen.
	 */
	private static DataSource unwrap(DataSource dataSource) {
		DataSource target = (dataSource instanceof TransactionAwareDataSourceProxy proxy) ? proxy.getTargetDataSource()
				: null;
		return (target != null) ? target : dataSource;
	}

}
