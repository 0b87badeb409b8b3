/**
 * What the events tell of, what handlers do with them, and the record of what was
 * handled. Imports nothing of the other packages.
 */
@NullMarked
package io.pyxbox.benchmarks.event;

import org.jspecify.annotations.NullMarked;
