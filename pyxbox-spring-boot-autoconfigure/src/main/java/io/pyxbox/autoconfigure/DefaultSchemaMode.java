package io.pyxbox.autoconfigure;

import javax.sql.DataSource;

import io.pyxbox.schema.SchemaMode;

/**
 * Which mode applies where {@code pyxbox.schema.mode} is not set.
 */
@FunctionalInterface
interface DefaultSchemaMode {

	SchemaMode of(DataSource dataSource);

}
