/**
 * Step 4 of an event's life: {@code @OutboxListener} methods as delivery targets. Its
 * face is {@link io.pyxbox.listener.OutboxListenerProcessor}, which finds them. May
 * import the root package, {@code codec}, {@code store} and {@code dispatch}.
 */
@NullMarked
package io.pyxbox.listener;

import org.jspecify.annotations.NullMarked;
