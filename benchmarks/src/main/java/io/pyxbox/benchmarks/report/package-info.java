/**
 * What was measured, as tables, JSON and charts. Imports nothing of the other packages.
 */
@NullMarked
package io.pyxbox.benchmarks.report;

import org.jspecify.annotations.NullMarked;
