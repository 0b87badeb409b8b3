package io.pyxbox.evolution;

import java.util.List;
import java.util.Map;

import io.pyxbox.EventEnvelope;
import io.pyxbox.EventMetadata;
import io.pyxbox.InboxMessage;
import io.pyxbox.MessageId;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Listeners that take the payload as it is stored: of any type and version, with a class
 * or without.
 */
class JsonListenersTests extends EvolutionScenario {

	@Test
	void aTreeOfATypeWithoutAClass() {
		TestApplication application = start(Trees.class);

		store(application, "invoiced", null, "{\"total\": 12345678901234567890.10}");

		await().until(() -> this.seen.size() == 1 && this.tables.events() == 0);
		assertThat(this.seen.events()).containsExactly("{\"total\":12345678901234567890.10}");
		assertThat(this.seen.list("select type from seen")).containsExactly("invoiced");
	}

	@Test
	void aTextOfWhateverHasATopic() {
		TestApplication application = start(Texts.class);

		store(application, "invoiced", "billing-eu", "{\"total\": 1}");
		store(application, "cancelled", "billing-us", "[2]");
		store(application, "cancelled", "returns", "[3]");

		await().until(() -> this.seen.size() == 2 && this.tables.events() == 1);
		assertThat(this.seen.events()).containsExactlyInAnyOrder("{\"total\": 1}", "[2]");
	}

	@Test
	void typesOfCertainTopics() {
		TestApplication application = start(Routes.class);

		store(application, "invoiced", "billing-eu", "[1]");
		store(application, "invoiced", "billing-us", "[2]");
		store(application, "cancelled", "billing-eu", "[3]");

		await().until(() -> this.seen.size() == 1 && this.tables.events() == 2);
		assertThat(this.seen.events()).containsExactly("[[1]]");
	}

	@Test
	void anyVersionOfATypeThatHasAClass() {
		TestApplication next = prepare(NewShop.class);
		next.outbox().emit(new NewShop.Ordered("x"), key("a"));
		TestApplication old = start(Audited.class);

		old.outbox().emit(new OldShop.Ordered(7), key("a"));

		await().until(() -> this.seen.size() == 2);
		assertThat(this.seen.list("select by || version || event from seen order by position"))
			.containsExactly("audit2{\"text\":\"x\"}", "audit1{\"number\":7}");
		assertThat(this.tables.events()).isEqualTo(2);
		next.start();
		await().until(() -> this.tables.events() == 0);
		assertThat(this.seen.list("select event from seen where by <> 'audit' order by position")).hasSize(2)
			.startsWith("x");
	}

	@Test
	void aMessageFromElsewhereHasTheVersionThatItCameWith() {
		TestApplication application = start(NewShop.class);

		application.bean(TransactionalInbox.class)
			.store(InboxMessage.of(MessageId.of("2"), "ordered", "{\"text\": \"x\"}").withVersion(2));
		application.bean(TransactionalInbox.class)
			.store(InboxMessage.of(MessageId.of("1"), "ordered", "{\"number\": 1}"));

		await().until(() -> this.seen.size() == 2);
		assertThat(this.seen.events()).containsExactlyInAnyOrder("x", "1!");
	}

	@Test
	void oneConsumerTakesObjectsAndJson() {
		TestApplication application = start(Both.class);

		application.outbox().emit(new OldShop.Ordered(7));
		store(application, "invoiced", null, "{}");

		await().until(() -> this.seen.size() == 3 && this.tables.events() == 0);
		assertThat(this.seen.events()).containsExactlyInAnyOrder("7", "{\"number\": 7}", "{}");
	}

	@ParameterizedTest
	@CsvSource({ "Everything,     takes JSON but does not say of which events",
			"NamesForObjects, has typeNames but takes objects",
			"NotReadable,     no EventUpcaster lifts events from version 1" })
	void whatCannotWorkFailsTheStart(String configuration, String message) throws ClassNotFoundException {
		Class<?> wrong = Class.forName(JsonListenersTests.class.getName() + "$" + configuration);

		Throwable failure = catchThrowable(() -> start(wrong));

		assertThat(failure).isNotNull();
		assertThat(String.valueOf(failure.getMessage()).replace(",", "")).contains(message);
	}

	private static void store(TestApplication application, String type, String topic, String payload) {
		application.bean(TransactionalInbox.class)
			.store(new InboxMessage(MessageId.of(type + payload), type, payload, topic, null, Map.of()));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Seen seen(JdbcClient jdbc) {
			return new Seen(jdbc);
		}

	}

	@Import({ App.class, TreeListener.class })
	static class Trees {

	}

	record TreeListener(Seen seen) {

		@OutboxListener(consumer = "trees", typeNames = "invoiced")
		void on(JsonNode event, EventMetadata metadata) {
			this.seen.write("trees", event, metadata);
		}

	}

	@Import({ App.class, TextListener.class })
	static class Texts {

	}

	record TextListener(Seen seen) {

		@OutboxListener(consumer = "texts", topics = "billing-*")
		void on(EventEnvelope<String> envelope) {
			this.seen.write("texts", envelope.event(), envelope.metadata());
		}

	}

	@Import({ App.class, RouteListener.class })
	static class Routes {

	}

	record RouteListener(Seen seen) {

		@OutboxListener(consumer = "routes", typeNames = { "invoiced", "other" }, topics = "billing-eu",
				transactional = false)
		void on(List<EventEnvelope<JsonNode>> envelopes) {
			this.seen.write("routes", envelopes.stream().map(EventEnvelope::event).toList(),
					envelopes.get(0).metadata());
		}

	}

	@Import({ OldShop.class, Auditor.class })
	static class Audited {

	}

	record Auditor(Seen seen) {

		@OutboxListener(consumer = "audit", types = OldShop.Ordered.class)
		void on(JsonNode event, EventMetadata metadata) {
			this.seen.write("audit", event, metadata);
		}

	}

	@Import({ App.class, BothListener.class })
	static class Both {

	}

	record BothListener(Seen seen) {

		@OutboxListener(consumer = "both")
		void on(OldShop.Ordered event, EventMetadata metadata) {
			this.seen.write("object", event.number(), metadata);
		}

		@OutboxListener(consumer = "both", typeNames = { "ordered", "invoiced" })
		void on(EventEnvelope<String> envelope) {
			this.seen.write("text", envelope.event(), envelope.metadata());
		}

	}

	@Import({ App.class, EverythingListener.class })
	static class Everything {

	}

	static class EverythingListener {

		@OutboxListener
		void on(JsonNode event) {
		}

	}

	@Import({ App.class, NamesForObjectsListener.class })
	static class NamesForObjects {

	}

	static class NamesForObjectsListener {

		@OutboxListener(typeNames = "ordered")
		void on(OldShop.Ordered event) {
		}

	}

	@Import({ App.class, NotReadableListener.class })
	static class NotReadable {

	}

	static class NotReadableListener {

		@OutboxListener
		void on(NewShop.Ordered event) {
		}

	}

}
