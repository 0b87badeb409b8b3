/**
 * How emitting and delivering take part in Spring's transactions: which transaction an
 * event belongs to, and the transactions in which transactional listeners receive events.
 * Its face are {@link io.pyxbox.transaction.OutboxTransactions} and
 * {@link io.pyxbox.transaction.SpringChunkTransactions}. May import the root package and
 * {@code dispatch}.
 */
@NullMarked
package io.pyxbox.transaction;

import org.jspecify.annotations.NullMarked;
