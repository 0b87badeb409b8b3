package io.pyxbox.scenario;

import java.util.List;
import java.util.Map;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventRouter;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Routing in code: each event goes where the router says, nowhere if it says so, and
 * never silently to somebody that there is not.
 */
class EventRouterTests extends Scenario {

	@Test
	void eachEventGoesWhereTheRouterSays() {
		TestApplication application = start(App.class);

		for (String tenant : List.of("blue", "red", "both", "nobody")) {
			emit(application, tenant);
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean("first", RecordingPublisher.class).destinations())
			.containsExactlyInAnyOrder("orders-of-blue", "both-first");
		assertThat(application.bean("second", RecordingPublisher.class).destinations())
			.containsExactlyInAnyOrder("orders-of-red", "both-second");
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void anEventForAPublisherThatThereIsNotBecomesADeadLetterThatSaysSo() {
		TestApplication application = start(App.class, "pyxbox.retry.max-attempts=2");

		emit(application, "lost");

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).extracting(OutboxTables.DeadLetter::consumer)
			.containsExactlyInAnyOrder("first", "second");
		assertThat(this.tables.deadLetters()).allSatisfy((dead) -> assertThat(dead.errorMessage())
			.contains("to the publisher 'third', which there is not. There are: [first, second]"));
	}

	@Test
	void aRouterThatFailsIsAskedAgain() {
		TestApplication application = start(App.class, "pyxbox.retry.max-attempts=2");

		emit(application, "unknown");

		await().until(() -> this.tables.deadLetters().size() == 2);
		assertThat(this.tables.deadLetters()).allSatisfy((dead) -> {
			assertThat(dead.attempts()).isEqualTo(2);
			assertThat(dead.errorMessage())
				.matches("The EventRouter failed for event .* of topic 'orders': .*Mishap.*");
			assertThat(dead.stackTrace()).contains("Caused by: " + Mishap.class.getName(), "EventRouterTests");
		});
	}

	@Test
	void aRouterThatFailsForOneEventFailsNoOther() {
		TestApplication application = prepare(App.class, "pyxbox.retry.max-attempts=2");
		for (int i = 0; i < 10; i++) {
			emit(application, "blue");
			emit(application, "unknown");
			emit(application, "null");
			emit(application, "blue");
		}

		application.start();

		await().until(() -> this.tables.events() == 0);
		RecordingPublisher publisher = application.bean("first", RecordingPublisher.class);
		assertThat(publisher.received()).hasSize(20)
			.allSatisfy((event) -> assertThat(event.metadata().attempt()).isOne());
		assertThat(this.tables.deadLetters()).hasSize(40)
			.filteredOn((dead) -> !dead.errorMessage().contains("Mishap"))
			.hasSize(20)
			.allSatisfy((dead) -> assertThat(dead.errorMessage())
				.startsWith("The EventRouter returned no route for event "));
	}

	@Test
	void eventsWithoutATopicStayInTheApplication() {
		TestApplication application = start(App.class);
		application.outbox().emit(new Counted("a", 1), EmitOptions.none().withHeader("tenant", "blue"));
		emit(application, "red");

		await().until(() -> this.tables.events() == 1);
		assertThat(application.bean("first", RecordingPublisher.class).received()).isEmpty();
	}

	private static void emit(TestApplication application, String tenant) {
		application.outbox()
			.emit(new Counted(null, 1), EmitOptions.none().withTopic("orders").withHeader("tenant", tenant));
	}

	@Configuration(proxyBeanMethods = false)
	@Import(PublishersTests.Two.class)
	static class App {

		@Bean
		EventRouter router() {
			Map<String, List<EventRouter.Route>> routes = Map.of("blue",
					List.of(new EventRouter.Route("first", "orders-of-blue")), "red",
					List.of(new EventRouter.Route("second", "orders-of-red")), "both",
					List.of(new EventRouter.Route("first", "both-first"),
							new EventRouter.Route("second", "both-second")),
					"nobody", List.of(), "lost", List.of(new EventRouter.Route("third", "orders")));
			return (metadata) -> {
				String tenant = metadata.headers().get("tenant");
				List<EventRouter.Route> route = routes.get(tenant);
				if ("null".equals(tenant)) {
					return route;
				}
				if (route == null) {
					throw new Mishap();
				}
				return route;
			};
		}

	}

}
