/**
 * Before the first event: creates, upgrades and checks the tables. Its face is
 * {@link io.pyxbox.schema.OutboxSchema}. May import {@code store} and the root package,
 * and is the only package that may import Flyway, which is optional: of its classes only
 * those that migrate do, and they are not loaded where Flyway is absent.
 */
@NullMarked
package io.pyxbox.schema;

import org.jspecify.annotations.NullMarked;
