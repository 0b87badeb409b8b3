package io.pyxbox.schema;

import javax.sql.DataSource;

import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;

/**
 * The application's own Flyway, if it has one: whoever runs its migrations probably has
 * the right to run ours.
 */
final class UsersFlyway {

	private UsersFlyway() {
	}

	static @Nullable DataSource dataSource(BeanFactory beanFactory) {
		Flyway flyway = beanFactory.getBeanProvider(Flyway.class).getIfUnique();
		return (flyway != null) ? flyway.getConfiguration().getDataSource() : null;
	}

}
