/**
 * What an application programs against: emit with {@link io.pyxbox.TransactionalOutbox},
 * listen with {@link io.pyxbox.OutboxListener}.
 * <p>
 * An event's way, and the package of each step: {@code emit} (serialized, collected,
 * appended) → {@code store} (a row) → {@code dispatch} (claimed, delivered, settled) →
 * {@code listener} (an application's method). This package imports nothing else of ours.
 */
@NullMarked
package io.pyxbox;

import org.jspecify.annotations.NullMarked;
