/**
 * What operators get to see of deliveries. May import the root package, {@code store} and
 * {@code dispatch}.
 */
@NullMarked
package io.pyxbox.observe;

import org.jspecify.annotations.NullMarked;
