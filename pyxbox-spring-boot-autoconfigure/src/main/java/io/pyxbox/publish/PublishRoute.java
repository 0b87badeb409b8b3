package io.pyxbox.publish;

import io.pyxbox.store.TopicPattern;
import org.jspecify.annotations.Nullable;

/**
 * A route as it is configured.
 *
 * @param topic the topics that take it
 * @param publisher the name of the publisher's bean; {@code null} for the only one
 * @param destination where events go; {@code null} for their topic
 */
public record PublishRoute(TopicPattern topic, @Nullable String publisher, @Nullable String destination) {
}
