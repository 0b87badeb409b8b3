/**
 * Measures pyxbox with its default settings beside its contenders, on the same server in
 * the same run. Its face is {@link io.pyxbox.benchmarks.Benchmarks}.
 */
@NullMarked
package io.pyxbox.benchmarks;

import org.jspecify.annotations.NullMarked;
