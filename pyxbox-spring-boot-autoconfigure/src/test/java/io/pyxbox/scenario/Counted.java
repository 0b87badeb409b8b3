package io.pyxbox.scenario;

import io.pyxbox.OutboxEvent;
import org.jspecify.annotations.Nullable;

/**
 * The event of most scenarios: the n-th of its key.
 */
@OutboxEvent(type = "counted", partitionKey = "key")
public record Counted(@Nullable String key, int number) {
}
