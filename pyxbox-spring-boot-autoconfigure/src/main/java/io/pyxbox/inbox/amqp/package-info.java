/**
 * Messages of AMQP, for those who receive them once. Its face is
 * {@link io.pyxbox.inbox.amqp.AmqpMessageReader}. May import the root package and
 * {@code inbox}.
 */
@NullMarked
package io.pyxbox.inbox.amqp;

import org.jspecify.annotations.NullMarked;
