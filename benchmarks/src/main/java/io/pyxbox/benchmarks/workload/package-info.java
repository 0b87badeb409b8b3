/**
 * What contenders are made to do, one class for each kind of work. Imports all other
 * packages; {@link io.pyxbox.benchmarks.workload.Workload} is what the main class needs.
 */
@NullMarked
package io.pyxbox.benchmarks.workload;

import org.jspecify.annotations.NullMarked;
