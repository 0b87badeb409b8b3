/**
 * Messages of Kafka's, for those who receive them once. Its face is
 * {@link io.pyxbox.inbox.kafka.KafkaMessageReader}. May import the root package and
 * {@code inbox}.
 */
@NullMarked
package io.pyxbox.inbox.kafka;

import org.jspecify.annotations.NullMarked;
