package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessagingException;
import org.springframework.messaging.support.ExecutorSubscribableChannel;
import org.springframework.messaging.support.MessageBuilder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Spring's channels can be published to by a bean of the application's own.
 */
class ChannelPublisherTests extends Scenario {

	@Test
	void aChannelGetsItsEventsInOrderAlsoIfItRefusesSome() {
		TestApplication application = start(Channels.class, "pyxbox.publish.routes[0].topic=orders",
				"pyxbox.publish.routes[0].destination=shipping", "pyxbox.retry.max-attempts=1000");

		application.inTransaction(() -> counted("a", 1, 50)
			.forEach((event) -> application.outbox().emit(event, EmitOptions.none().withTopic("orders"))));

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Arrivals.class).counted()).isEqualTo(counted("a", 1, 50));
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	record Arrivals(List<Counted> counted) {
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Channels {

		@Bean
		Arrivals arrivals() {
			return new Arrivals(new CopyOnWriteArrayList<>());
		}

		@Bean
		MessageChannel shipping(Arrivals arrivals) {
			ExecutorSubscribableChannel channel = new ExecutorSubscribableChannel();
			AtomicInteger calls = new AtomicInteger();
			channel.subscribe((message) -> {
				if (calls.incrementAndGet() % 7 == 0) {
					throw new MessagingException(message, "not now");
				}
				arrivals.counted().add(JsonMapper.shared().readValue((byte[]) message.getPayload(), Counted.class));
			});
			return channel;
		}

		@Bean
		EventPublisher channels(Map<String, MessageChannel> channels) {
			return (events) -> {
				List<PublishOutcome> outcomes = new ArrayList<>(
						Collections.nCopies(events.size(), PublishOutcome.notSent()));
				for (int i = 0; i < events.size(); i++) {
					OutgoingEvent event = events.get(i);
					try {
						channels.get(event.destination()).send(message(event));
						outcomes.set(i, PublishOutcome.acked());
					}
					catch (MessagingException ex) {
						outcomes.set(i, PublishOutcome.failed(ex));
						break;
					}
				}
				return outcomes;
			};
		}

		private static Message<byte[]> message(OutgoingEvent event) {
			return MessageBuilder.withPayload(event.payload())
				.setHeader("ce_id", event.metadata().id().toString())
				.copyHeaders(event.metadata().headers())
				.build();
		}

	}

}
