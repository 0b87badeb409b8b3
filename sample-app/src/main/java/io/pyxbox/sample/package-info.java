/**
 * A small order service. An order is stored and told of in one transaction by
 * {@link io.pyxbox.sample.OrderService}; what follows from it happens in the two
 * listeners, {@link io.pyxbox.sample.InventoryProjection} and
 * {@link io.pyxbox.sample.ConfirmationSender}. In the profile {@code kafka} orders also
 * leave for Kafka, where {@link io.pyxbox.sample.ShippingDesk} learns of them.
 */
@NullMarked
package io.pyxbox.sample;

import org.jspecify.annotations.NullMarked;
