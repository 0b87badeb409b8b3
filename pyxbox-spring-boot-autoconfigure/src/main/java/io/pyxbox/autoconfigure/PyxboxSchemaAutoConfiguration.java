package io.pyxbox.autoconfigure;

import javax.sql.DataSource;

import io.pyxbox.schema.CurrentSchema;
import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.store.EventTable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DatabaseInitializationDependencyConfigurer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for the tables: which
 * {@code DataSource}, which names, and their migration after all of the application's
 * own. It touches nothing but a {@code DataSource}, because beans such as
 * {@code JdbcTemplate} wait for it.
 */
@AutoConfiguration(after = DataSourceAutoConfiguration.class)
@EnableConfigurationProperties(PyxboxProperties.class)
@Import(DatabaseInitializationDependencyConfigurer.class)
public final class PyxboxSchemaAutoConfiguration {

	@Bean
	OutboxDataSource pyxboxOutboxDataSource(@PyxboxDataSource ObjectProvider<DataSource> pyxboxQualified,
			ObjectProvider<DataSource> pyxboxCandidates) {
		return OutboxDataSource.choose(pyxboxQualified, pyxboxCandidates);
	}

	@Bean
	@ConditionalOnMissingBean
	EventTable pyxboxEventTable(OutboxDataSource outbox, PyxboxProperties properties) {
		String schema = properties.schemaName();
		return new EventTable((schema != null) ? schema : CurrentSchema.of(outbox.dataSource()),
				properties.tableName());
	}

	@Bean
	@ConditionalOnMissingBean
	OutboxSchema pyxboxSchema(EventTable table, OutboxDataSource outbox, PyxboxProperties properties,
			ObjectProvider<DefaultSchemaMode> defaultMode,
			@PyxboxSchemaDataSource ObjectProvider<DataSource> pyxboxSchemaQualified, BeanFactory beanFactory) {
		SchemaMode mode = properties.schema().mode();
		if (mode == null) {
			mode = defaultMode.getIfAvailable(() -> (dataSource) -> SchemaMode.detect()).of(outbox.dataSource());
		}
		return new OutboxSchema(table, mode, outbox.dataSource(), pyxboxSchemaQualified.getIfAvailable(), beanFactory);
	}

}
