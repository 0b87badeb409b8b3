/**
 * Steps 2, 3 and 5 of an event's life: all SQL on the outbox's tables, in one place. Its
 * face is {@link io.pyxbox.store.EventStore}. May import the root package only.
 */
@NullMarked
package io.pyxbox.store;

import org.jspecify.annotations.NullMarked;
