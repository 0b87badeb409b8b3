/**
 * Steps 2, 3 and 5 of an event's life: all SQL on the outbox's tables, in one place. Its
 * face are {@link io.pyxbox.store.EventAppender}, {@link io.pyxbox.store.LaneStore} and
 * {@link io.pyxbox.store.SettlementStore}. May import the root package only.
 */
@NullMarked
package io.pyxbox.store;

import org.jspecify.annotations.NullMarked;
