package io.pyxbox.packages.namesakes;

import io.pyxbox.OutboxEvent;

/**
 * Has a name that an event of another package has.
 */
@OutboxEvent(type = "bill")
public record Bill() {
}
