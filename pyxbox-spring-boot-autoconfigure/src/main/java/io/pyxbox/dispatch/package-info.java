/**
 * Steps 3 to 5 of an event's life: claim → deliver → settle. Its face are
 * {@link io.pyxbox.dispatch.DeliveryTarget}, which the engine delivers to, and
 * {@link io.pyxbox.dispatch.OutboxPoller}, which runs it.
 * <p>
 * The engine has no threads and knows no Spring; the pool and the lifecycle have no SQL.
 * May import the root package and {@code store}.
 */
@NullMarked
package io.pyxbox.dispatch;

import org.jspecify.annotations.NullMarked;
