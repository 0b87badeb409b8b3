/**
 * The publisher for Kafka: the only package that knows Spring Kafka and Kafka's client.
 * Its face is {@link io.pyxbox.publish.kafka.KafkaRecordCustomizer}; the publisher itself
 * is a bean. May import the root package and {@code publish}.
 */
@NullMarked
package io.pyxbox.publish.kafka;

import org.jspecify.annotations.NullMarked;
