/**
 * Kafka for a sample application, with nothing installed:
 * {@link io.pyxbox.sample.broker.SampleBrokerAutoConfiguration} is all there is. It
 * imports nothing of pyxbox.
 */
@NullMarked
package io.pyxbox.sample.broker;

import org.jspecify.annotations.NullMarked;
