/**
 * Step 4 of an event's life where it goes beyond this application: event publishers as
 * delivery targets, what is routed to them, and how it looks on the wire. Its face is
 * {@link io.pyxbox.publish.EventPublishers}. May import the root package, {@code codec},
 * {@code store} and {@code dispatch}.
 */
@NullMarked
package io.pyxbox.publish;

import org.jspecify.annotations.NullMarked;
