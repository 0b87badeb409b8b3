package io.pyxbox.autoconfigure;

import javax.sql.DataSource;

import io.pyxbox.schema.SchemaMode;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabase;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for the test slices that initialize
 * a {@code DataSource}, such as {@code @JdbcTest} and {@code @DataJpaTest}: they get the
 * tables as the application does. A slice cannot emit or deliver, so one without a
 * {@code DataSource}, or on an embedded database that Spring Boot has put in its place,
 * is left alone rather than refused.
 */
@AutoConfiguration(after = DataSourceAutoConfiguration.class)
@ConditionalOnBean(DataSource.class)
@Import(PyxboxSchemaAutoConfiguration.class)
public final class PyxboxSchemaSliceAutoConfiguration {

	@Bean
	DefaultSchemaMode pyxboxSliceSchemaMode() {
		return (dataSource) -> (dataSource instanceof EmbeddedDatabase) ? SchemaMode.NONE : SchemaMode.detect();
	}

}
