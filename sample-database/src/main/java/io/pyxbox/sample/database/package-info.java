/**
 * PostgreSQL for a sample application, with nothing installed:
 * {@link io.pyxbox.sample.database.SampleDatabaseAutoConfiguration} is all there is. It
 * imports the embedded server of {@code io.pyxbox.testdatabase} and nothing of pyxbox.
 */
@NullMarked
package io.pyxbox.sample.database;

import org.jspecify.annotations.NullMarked;
