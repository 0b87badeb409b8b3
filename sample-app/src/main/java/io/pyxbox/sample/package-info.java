/**
 * A small order service. An order is stored and told of in one transaction by
 * {@link io.pyxbox.sample.OrderService}; what follows from it happens in the two
 * listeners, {@link io.pyxbox.sample.InventoryProjection} and
 * {@link io.pyxbox.sample.ConfirmationSender}. {@link io.pyxbox.sample.PaymentDesk} emits
 * an event that is delayed, and cancels it; {@link io.pyxbox.sample.Payment} registers an
 * event of its own. In the profile {@code kafka} orders also leave for Kafka, where
 * {@link io.pyxbox.sample.ShippingDesk} learns of them.
 */
@NullMarked
package io.pyxbox.sample;

import org.jspecify.annotations.NullMarked;
