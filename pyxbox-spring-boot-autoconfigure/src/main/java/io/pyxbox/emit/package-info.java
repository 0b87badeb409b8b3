/**
 * Step 1 of an event's life: serialized by the emitting call, collected while its
 * transaction runs, appended before the commit, and the poller woken after it. Its face
 * is {@link io.pyxbox.emit.DefaultTransactionalOutbox}. May import the root package,
 * {@code codec}, {@code store} and {@code transaction}.
 */
@NullMarked
package io.pyxbox.emit;

import org.jspecify.annotations.NullMarked;
