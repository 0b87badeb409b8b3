package io.pyxbox.evolution;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventMetadata;
import io.pyxbox.EventUpcaster;
import io.pyxbox.KeySource;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Events that are delayed, encoded, and of another version than the class that receives
 * them, all at once.
 */
class EventsThatLastTests extends EvolutionScenario {

	/** Large enough to be compressed. */
	private static final String TEXT = "2 espressi ".repeat(400);

	private static final String ONE_ATTEMPT = "pyxbox.retry.max-attempts=1";

	@ParameterizedTest
	@ValueSource(strings = { "gzip", "zstd", "aes-gcm" })
	void aDelayedEventInAnotherFormIsDeliveredAsTheClassOfItsDayAndRedrivenAsThat(String codec) {
		TestApplication before = prepare(Before.class, codec(codec));
		before.outbox().emit(new Before.Ordered(TEXT), due(Duration.ofMillis(300)).withHeader("tenant", "blue"));
		before.close();
		assertThat(stored("events_delayed")).containsExactly("1 " + codec + " null");

		TestApplication today = prepare(Today.class, ONE_ATTEMPT);
		today.bean(AtomicBoolean.class).set(true);
		today.start();

		await().until(() -> this.tables.count("events_dead_letter") == 1 && this.tables.events() == 0);
		assertThat(stored("events_dead_letter")).containsExactly("1 " + codec + " null");
		assertThat(this.seen.list("select by || ' ' || version || ' ' || event from seen"))
			.containsExactly("audit 1 {\"note\":\"" + TEXT + "\"} blue");
		today.bean(AtomicBoolean.class).set(false);
		today.bean(DeadLetters.class).redrive(DeadLetterFilter.all());
		await().until(() -> this.tables.count("events_dead_letter") == 0 && this.tables.events() == 0);
		assertThat(
				this.seen.list("select by || ' ' || version || ' ' || event from seen where by <> 'audit' order by by"))
			.containsExactly("shop 1 " + TEXT + "!", "tree 1 {\"note\":\"" + TEXT + "\"}");
	}

	@Test
	void aDelayedEventOfALaterVersionThatIsDueWhileOnlyAnOldInstanceRunsWaitsForANewOne() {
		TestApplication today = prepare(Today.class, codec("gzip"));
		today.outbox().emit(new Today.Ordered(TEXT), due(Duration.ofMillis(300)));
		assertThat(stored("events_delayed")).containsExactly("2 gzip null");
		TestApplication before = start(Before.class);

		await().until(() -> this.tables.count("events_delayed") == 0);
		before.outbox().emit(new Before.Ordered("later"), EmitOptions.none().withPartitionKey("a"));
		before.outbox().emit(new Before.Ordered("elsewhere"), EmitOptions.none().withPartitionKey("b"));

		await().until(() -> this.seen.size() == 1);
		assertThat(this.seen.events()).containsExactly("elsewhere");
		assertThat(stored("events where partition_key = 'a'")).containsExactly("2 gzip null",
				"1 - {\"note\": \"later\"}");
		today.start();
		await().until(() -> this.tables.events() == 0);
		assertThat(
				this.seen.list("select event from seen where by in ('shop', 'before') and key = 'a' order by position"))
			.startsWith(TEXT)
			.hasSize(2);
	}

	@Test
	void anUpcasterThatFailsOnASecretDoesNotTellIt() {
		TestApplication before = prepare(Before.class, codec("aes-gcm"));
		before.outbox().emit(new Before.Ordered("broken 4711"), EmitOptions.none().withPartitionKey("a"));
		before.close();

		start(Today.class);

		await().until(() -> this.tables.count("events_dead_letter") == 1);
		assertThat(this.seen.list("select error_message || stack_trace from events_dead_letter").get(0))
			.contains("Upcasters", "caused by a java.lang.IllegalStateException", "withheld")
			.contains(Today.class.getName())
			.doesNotContain("4711");
	}

	private static String codec(String name) {
		return "pyxbox.codec.types.ordered=" + name;
	}

	private static EmitOptions due(Duration delay) {
		return EmitOptions.none().withPartitionKey("a").notBefore(delay);
	}

	private List<String> stored(String from) {
		return this.seen
			.list("select coalesce(version, 1) || ' ' || coalesce(codec, '-') || ' ' || payload from " + from);
	}

	@Configuration(proxyBeanMethods = false)
	static class Keys {

		@Bean
		KeySource keySource() {
			return new KeySource() {

				@Override
				public String currentKeyId() {
					return "k";
				}

				@Override
				public SecretKey key(String keyId) {
					return new SecretKeySpec(new byte[32], "AES");
				}

			};
		}

		@Bean
		Seen seen(JdbcClient jdbc) {
			return new Seen(jdbc);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Keys.class)
	static class Before {

		@Bean
		Listener listener(Seen seen) {
			return new Listener(seen);
		}

		@OutboxEvent(type = "ordered")
		record Ordered(String note) {
		}

		record Listener(Seen seen) {

			@OutboxListener(consumer = "shop")
			void on(Ordered event, EventMetadata metadata) {
				this.seen.write("before", event.note(), metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Keys.class)
	static class Today {

		@Bean
		AtomicBoolean failing() {
			return new AtomicBoolean();
		}

		@Bean
		Listener listener(Seen seen, AtomicBoolean failing) {
			return new Listener(seen, failing);
		}

		@Bean
		EventUpcaster orderedWithText() {
			return EventUpcaster.of("ordered", 1, (order) -> {
				String note = order.remove("note").asString();
				if (note.startsWith("broken")) {
					throw new IllegalStateException("This is no order: " + note);
				}
				order.put("text", note + "!");
			});
		}

		@OutboxEvent(type = "ordered", version = 2)
		record Ordered(String text) {
		}

		record Listener(Seen seen, AtomicBoolean failing) {

			@OutboxListener(consumer = "shop")
			void on(Ordered event, EventMetadata metadata) {
				if (this.failing.get()) {
					throw new IllegalStateException("a mishap");
				}
				this.seen.write("shop", event.text(), metadata);
			}

			@OutboxListener(consumer = "shop", typeNames = "ordered")
			void tree(JsonNode event, EventMetadata metadata) {
				if (this.failing.get()) {
					throw new IllegalStateException("a mishap");
				}
				this.seen.write("tree", event, metadata);
			}

			@OutboxListener(consumer = "audit", typeNames = "ordered")
			void audit(EventEnvelope<String> event) {
				this.seen.write("audit", event.event() + " " + event.metadata().headers().get("tenant"),
						event.metadata());
			}

		}

	}

}
