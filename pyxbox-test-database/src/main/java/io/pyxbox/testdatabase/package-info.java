/**
 * PostgreSQL for tests and benchmarks, with nothing installed:
 * {@link io.pyxbox.testdatabase.TestDatabase} is the face. It knows nothing of pyxbox and
 * imports none of it.
 */
@NullMarked
package io.pyxbox.testdatabase;

import org.jspecify.annotations.NullMarked;
