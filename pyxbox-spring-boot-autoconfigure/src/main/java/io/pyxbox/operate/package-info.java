/**
 * After the last step of an event's life, and beside all of them: what people do about
 * deliveries that were given up and consumers that are no more. Its face is
 * {@link io.pyxbox.operate.OutboxOperations}. May import the root package, {@code store}
 * and {@code transaction}.
 */
@NullMarked
package io.pyxbox.operate;

import org.jspecify.annotations.NullMarked;
