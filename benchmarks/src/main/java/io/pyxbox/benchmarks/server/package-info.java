/**
 * The PostgreSQL that everybody works on, what is measured there, and the ways to make
 * its life harder. Imports the packages of contenders and events.
 */
@NullMarked
package io.pyxbox.benchmarks.server;

import org.jspecify.annotations.NullMarked;
