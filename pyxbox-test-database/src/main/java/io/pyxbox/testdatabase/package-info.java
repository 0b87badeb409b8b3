/**
 * PostgreSQL for tests and benchmarks, with nothing installed:
 * {@link io.pyxbox.testdatabase.TestDatabase} is the face,
 * {@link io.pyxbox.testdatabase.PgBouncer} what may stand in front of it. It knows
 * nothing of pyxbox and imports none of it.
 */
@NullMarked
package io.pyxbox.testdatabase;

import org.jspecify.annotations.NullMarked;
