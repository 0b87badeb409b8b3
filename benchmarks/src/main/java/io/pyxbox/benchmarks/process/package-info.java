/**
 * Contenders in JVMs of their own: {@link io.pyxbox.benchmarks.process.Instance} is one
 * of them as the coordinator sees it, {@link io.pyxbox.benchmarks.process.InstanceMain}
 * is what runs there, and {@link io.pyxbox.benchmarks.process.Command} what the one tells
 * the other. Imports the packages of contenders and events.
 */
@NullMarked
package io.pyxbox.benchmarks.process;

import org.jspecify.annotations.NullMarked;
