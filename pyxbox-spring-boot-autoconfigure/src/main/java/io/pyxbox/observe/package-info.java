/**
 * What operators get to see of deliveries. Its face is
 * {@link io.pyxbox.observe.DeliveryLog}. May import the root package, {@code store} and
 * {@code dispatch}.
 */
@NullMarked
package io.pyxbox.observe;

import org.jspecify.annotations.NullMarked;
