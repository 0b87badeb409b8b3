package io.pyxbox.scenario;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EventPublisher;
import io.pyxbox.PublishOutcome;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The process dies when the third batch has been acknowledged, and before that is
 * recorded.
 */
@Configuration(proxyBeanMethods = false)
class DeadlyPublisher {

	@Bean
	static BeanPostProcessor deadlyPublisherProcessor() {
		AtomicInteger calls = new AtomicInteger();
		return new BeanPostProcessor() {

			@Override
			public Object postProcessAfterInitialization(Object bean, String name) {
				return (bean instanceof EventPublisher publisher) ? deadly(publisher) : bean;
			}

			private EventPublisher deadly(EventPublisher publisher) {
				return (events) -> {
					List<PublishOutcome> outcomes = publisher.publish(events);
					if (calls.incrementAndGet() == 3) {
						Runtime.getRuntime().halt(1);
					}
					return outcomes;
				};
			}

		};
	}

}
