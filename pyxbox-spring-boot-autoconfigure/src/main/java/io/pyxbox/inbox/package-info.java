/**
 * Steps 3 to 5 of an event's life for programs that pull, and the first step of what
 * comes from elsewhere: received once, in the transaction of what it leads to. Its face
 * is {@link io.pyxbox.inbox.InboxFactory}. May import the root package, {@code codec},
 * {@code store}, {@code dispatch}, {@code emit} and {@code transaction}.
 */
@NullMarked
package io.pyxbox.inbox;

import org.jspecify.annotations.NullMarked;
