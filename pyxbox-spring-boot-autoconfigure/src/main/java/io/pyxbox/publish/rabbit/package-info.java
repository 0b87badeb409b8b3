/**
 * The publisher for RabbitMQ: the only package that knows Spring AMQP and RabbitMQ's
 * client. Its face is {@link io.pyxbox.publish.rabbit.RabbitMessageCustomizer}; the
 * publisher itself is a bean. May import the root package and {@code publish}.
 */
@NullMarked
package io.pyxbox.publish.rabbit;

import org.jspecify.annotations.NullMarked;
