package io.pyxbox.benchmarks.process;

import org.jspecify.annotations.Nullable;

/**
 * What came of a command: one line of JSON.
 *
 * @param value a number, where the command asked for one
 * @param seconds how long the command took
 * @param error what went wrong, {@code null} if nothing did
 */
record Answer(double value, double seconds, @Nullable String error) {
}
