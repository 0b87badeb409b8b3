/**
 * Beside an event's life: what the threads know that emit events and receive them. Keys
 * of the logging context travel as headers ({@link io.pyxbox.context.LoggingContext}),
 * and Spring's own events become ours ({@link io.pyxbox.context.ApplicationEvents}). May
 * import the root package, {@code dispatch} and {@code listener}.
 */
@NullMarked
package io.pyxbox.context;

import org.jspecify.annotations.NullMarked;
