package io.pyxbox.scenario;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventHeadersContributor;
import io.pyxbox.EventMetadata;
import io.pyxbox.InvalidEventException;
import io.pyxbox.OutboxListener;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.standalone.Pyxbox;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import org.springframework.beans.factory.config.CustomScopeConfigurer;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Headers say what the emitting thread knows and the event does not.
 */
class HeadersTests extends Scenario {

	private static final String MDC_KEYS = "pyxbox.headers.mdc-keys=request,user";

	@AfterEach
	void clearLoggingContext() {
		MDC.clear();
	}

	@Test
	void contributorsAreAskedOnTheEmittingThread() {
		TestApplication application = prepare(App.class);
		Contributor.TENANT.set("blue");

		application.inTransaction(() -> application.outbox().emitAll(counted("a", 1, 2)));

		assertThat(headers()).hasSize(2).allSatisfy((each) -> assertThat(each).contains("\"tenant\": \"blue\""));
	}

	@Test
	void theCallCountsBeforeContributorsAndTheFirstBeforeTheOthers() {
		TestApplication application = prepare(App.class);
		Contributor.TENANT.set("blue");

		application.outbox().emit(new Counted("a", 1));
		application.outbox().emit(new Counted("a", 2), EmitOptions.none().withHeader("tenant", "green"));

		assertThat(headers()).containsExactly("{\"region\": \"first\", \"tenant\": \"blue\"}",
				"{\"region\": \"first\", \"tenant\": \"green\"}");
	}

	@Test
	void aContributorThatFailsRefusesTheEventByName() {
		TestApplication application = prepare(App.class);
		Contributor.TENANT.set("broken");

		application.inTransaction(() -> {
			assertThatExceptionOfType(InvalidEventException.class)
				.isThrownBy(() -> application.outbox().emit(new Counted("a", 1)))
				.withMessageContaining("'tenantContributor'")
				.withMessageContaining(Counted.class.getName())
				.withMessageContaining("a mishap")
				.withCauseInstanceOf(Mishap.class);
			Contributor.TENANT.set("blue");
			application.outbox().emit(new Counted("a", 2));
		});

		assertThat(this.tables.rows()).singleElement()
			.satisfies((row) -> assertThat(row.payload()).contains("\"number\": 2"));
	}

	@Test
	void aContributorThatReturnsNullRefusesTheEventByName() {
		TestApplication application = prepare(App.class);
		Contributor.TENANT.set("null");

		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> application.outbox().emit(new Counted("a", 1)))
			.withMessageContaining("'tenantContributor' returned the header tenant=null");
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void aContributorThatIsScopedIsThatOfWhoEmits() {
		TestApplication application = prepare(Scoped.class);

		application.outbox().emit(new Counted("a", 1));
		Thread other = result(this.threads.submit(() -> {
			application.outbox().emit(new Counted("a", 2));
			return Thread.currentThread();
		}));

		assertThat(headers()).containsExactly("{\"thread\": \"%s\"}".formatted(Thread.currentThread().getName()),
				"{\"thread\": \"%s\"}".formatted(other.getName()));
	}

	@Test
	void headersThatAreTooLargeTogetherRefuseTheEvent() {
		TestApplication application = prepare(App.class, "pyxbox.headers.max-size=40B");
		Contributor.TENANT.set("blue");
		// region=first and tenant=blue are 21 bytes; a euro is 3.
		application.outbox().emit(new Counted("a", 1), EmitOptions.none().withHeader("four", "€€€€€"));

		assertThatExceptionOfType(InvalidEventException.class).isThrownBy(
				() -> application.outbox().emit(new Counted("a", 2), EmitOptions.none().withHeader("four", "€€€€€x")))
			.withMessageContaining("'pyxbox.headers.max-size'")
			.withMessageContaining("41 bytes");

		assertThat(this.tables.events()).isOne();
	}

	@Test
	void listenersAndPublishersReceiveThem() {
		TestApplication application = start(Receiving.class, "pyxbox.publish.routes[0].topic=*");
		Contributor.TENANT.set("blue");

		application.outbox().emit(new Counted("a", 1), EmitOptions.none().withTopic("orders").withHeader("own", "yes"));

		await().until(() -> this.tables.events() == 0);
		Map<String, String> all = Map.of("tenant", "blue", "region", "first", "own", "yes");
		assertThat(application.bean(Listener.class).headers()).containsExactly(all);
		assertThat(application.bean(RecordingPublisher.class).received()).extracting(OutgoingEvent::metadata)
			.extracting(EventMetadata::headers)
			.containsExactly(all);
	}

	@Test
	void keysOfTheLoggingContextAreThereAgainForTheListenerAndGoneAfterwards() {
		TestApplication application = start(Receiving.class, MDC_KEYS, "pyxbox.poller.concurrency=1");
		Contributor.TENANT.set("blue");
		MDC.put("request", "r-1");
		MDC.put("secret", "not listed");

		application.outbox().emit(new Counted("a", 1));
		await().until(() -> this.tables.events() == 0);
		MDC.clear();
		application.outbox().emit(new Counted("a", 2));
		await().until(() -> this.tables.events() == 0);

		assertThat(application.bean(Listener.class).contexts()).containsExactly(Map.of("request", "r-1"), Map.of());
	}

	@Test
	void withoutKeysNothingOfTheLoggingContextIsTaken() {
		TestApplication application = prepare(App.class);
		Contributor.TENANT.set("blue");
		MDC.put("request", "r-1");

		application.outbox().emit(new Counted("a", 1));

		assertThat(headers()).singleElement().satisfies((each) -> assertThat(each).doesNotContain("r-1"));
	}

	@Test
	void aListenerOfChunksFindsThemInTheEnvelopesAndWhatTheyHaveInCommonInTheLoggingContext() {
		TestApplication application = prepare(Chunks.class, MDC_KEYS);
		MDC.put("user", "u");
		MDC.put("request", "r-1");
		application.outbox().emit(new Counted("a", 1));
		MDC.put("request", "r-2");
		application.outbox().emit(new Counted("a", 2));

		application.start();

		await().until(() -> this.tables.events() == 0);
		ChunkListener listener = application.bean(ChunkListener.class);
		assertThat(listener.headers()).containsExactly(Map.of("request", "r-1", "user", "u"),
				Map.of("request", "r-2", "user", "u"));
		assertThat(listener.contexts()).containsExactly(Map.of("user", "u"));
	}

	@Test
	void aProgramWithoutSpringBootHasContributors() {
		Pyxbox pyxbox = endAfterwards(Pyxbox.builder(this.database.dataSource())
			.eventTypes(Counted.class)
			.headersContributor((event) -> Map.of("tenant", "blue"))
			.headersContributor((event) -> Map.of("tenant", "green", "of", event.getClass().getSimpleName()))
			.build());

		pyxbox.outbox().emit(new Counted("a", 1));

		Queue<EventMetadata> pulled = new ConcurrentLinkedQueue<>();
		assertThat(pyxbox.inbox().next((event) -> pulled.add(event.metadata()))).isTrue();
		assertThat(pulled).extracting(EventMetadata::headers)
			.containsExactly(Map.of("tenant", "blue", "of", "Counted"));
	}

	private List<String> headers() {
		return this.tables.jdbc().sql("select headers::text from events order by id").query(String.class).list();
	}

	static final class Contributor implements EventHeadersContributor {

		private static final ThreadLocal<@Nullable String> TENANT = new ThreadLocal<>();

		@Override
		public Map<String, String> headersOf(Object event) {
			String tenant = TENANT.get();
			if ("broken".equals(tenant)) {
				throw new Mishap();
			}
			Map<String, String> headers = new HashMap<>();
			headers.put("tenant", "null".equals(tenant) ? null : tenant);
			return headers;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Scoped {

		@Bean
		static CustomScopeConfigurer threadScope() {
			CustomScopeConfigurer configurer = new CustomScopeConfigurer();
			configurer.addScope("thread", new SimpleThreadScope());
			return configurer;
		}

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.INTERFACES)
		EventHeadersContributor threadContributor() {
			String thread = Thread.currentThread().getName();
			return (event) -> Map.of("thread", thread);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Contributor tenantContributor() {
			return new Contributor();
		}

		@Bean
		@Order(2)
		EventHeadersContributor second() {
			return (event) -> Map.of("region", "second");
		}

		@Bean
		@Order(1)
		EventHeadersContributor first() {
			return (event) -> Map.of("region", "first");
		}

	}

	static class Receiving extends App {

		@Bean
		Listener listener() {
			return new Listener(new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>());
		}

		@Bean
		RecordingPublisher broker() {
			return new RecordingPublisher();
		}

	}

	record Listener(Queue<Map<String, String>> headers, Queue<Map<String, String>> contexts) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.headers.add(metadata.headers());
			this.contexts.add(context());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Chunks {

		@Bean
		ChunkListener listener() {
			return new ChunkListener(new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>());
		}

	}

	record ChunkListener(Queue<Map<String, String>> headers, Queue<Map<String, String>> contexts) {

		@OutboxListener
		void on(List<EventEnvelope<Counted>> envelopes) {
			envelopes.forEach((each) -> this.headers.add(each.metadata().headers()));
			this.contexts.add(context());
		}

	}

	private static Map<String, String> context() {
		Map<String, String> context = MDC.getCopyOfContextMap();
		return (context != null) ? context : Map.of();
	}

}
