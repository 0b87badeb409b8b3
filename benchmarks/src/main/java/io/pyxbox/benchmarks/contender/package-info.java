/**
 * Those who are measured: each does the same work with its own means. They are known by
 * {@link io.pyxbox.benchmarks.contender.ContenderType}. Imports only the package of
 * events.
 */
@NullMarked
package io.pyxbox.benchmarks.contender;

import org.jspecify.annotations.NullMarked;
