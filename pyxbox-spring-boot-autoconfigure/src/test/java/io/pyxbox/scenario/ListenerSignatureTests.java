package io.pyxbox.scenario;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.pyxbox.ConsumerId;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a listener may look like.
 */
class ListenerSignatureTests extends Scenario {

	@Test
	void aListenerTakesAnEventInAnyForm() {
		TestApplication application = prepare(Forms.class);
		EventId id = application.outbox()
			.emit(new Placed("a", 1), EmitOptions.none().withTopic("orders").withHeader("name", "value"));
		Instant before = Instant.now().plusSeconds(60);

		application.start();

		await().until(() -> this.tables.events() == 0);
		Heard heard = application.bean(Heard.class);
		assertThat(heard.by("event")).containsExactly(new Placed("a", 1));
		assertThat(heard.by("chunk")).containsExactly(List.of(new Placed("a", 1)));
		EventMetadata metadata = ((EventEnvelope<?>) heard.by("envelope").get(0)).metadata();
		assertThat(metadata.id()).isEqualTo(id);
		assertThat(metadata.type()).isEqualTo("placed");
		assertThat(metadata.topic()).isEqualTo("orders");
		assertThat(metadata.partitionKey()).isEqualTo("a");
		assertThat(metadata.headers()).isEqualTo(Map.of("name", "value"));
		assertThat(metadata.createdAt()).isBetween(before.minusSeconds(600), before);
		assertThat(metadata.attempt()).isEqualTo(1);
		assertThat(metadata.consumer()).isEqualTo(new ConsumerId("forms.envelope"));
		assertThat(heard.by("envelope")).containsExactly(new EventEnvelope<>(new Placed("a", 1), metadata));
		assertThat(heard.by("metadata")).containsExactly(new Placed("a", 1),
				of(metadata, new ConsumerId("forms.metadata")));
		assertThat(heard.by("envelopes")).containsExactly(
				List.of(new EventEnvelope<>(new Placed("a", 1), of(metadata, new ConsumerId("forms.envelopes")))));
	}

	@Test
	void aListReceivesTheWholeChunkInOrder() {
		TestApplication application = prepare(Forms.class);
		application.outbox().emitAll(range(1, 10).stream().map((number) -> new Placed("a", number)).toList());

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Heard.class).by("chunk"))
			.containsExactly(range(1, 10).stream().map((number) -> new Placed("a", number)).toList());
	}

	@Test
	void anInterfaceOrObjectTakesEveryTypeAssignableToIt() {
		TestApplication application = start(Wide.class);

		application.outbox().emitAll(List.of(new Placed("a", 1), new Parcel("a"), new Letter("a"), new Placed("a", 2)));

		await().until(() -> this.tables.events() == 0);
		Heard heard = application.bean(Heard.class);
		assertThat(heard.by("shipments")).containsExactly(new Parcel("a"), new Letter("a"));
		assertThat(heard.by("everything")).containsExactly(new Placed("a", 1), new Parcel("a"), new Letter("a"),
				new Placed("a", 2));
		assertThat(heard.by("some")).containsExactly(new Placed("a", 1), new Letter("a"), new Placed("a", 2));
	}

	@Test
	void aListenerTakesTheTopicsItNames() {
		TestApplication application = start(Topical.class, "topic.name=configured");

		application.outbox().emit(new Placed("a", 1), EmitOptions.none().withTopic("fixed"));
		application.outbox().emit(new Placed("a", 2), EmitOptions.none().withTopic("other"));
		application.outbox().emit(new Placed("a", 3), EmitOptions.none().withTopic("configured"));
		application.outbox().emit(new Placed("a", 4));
		application.outbox().emit(new Sent("a", 5));

		await().until(() -> this.tables.events() == 0);
		Heard heard = application.bean(Heard.class);
		assertThat(heard.by("two topics")).containsExactly(new Placed("a", 1), new Placed("a", 3));
		assertThat(heard.by("all topics")).hasSize(4);
		assertThat(heard.by("topic of the type")).containsExactly(new Sent("a", 5));
	}

	@Test
	void listenersOfOneConsumerSucceedOrFailTogether() {
		TestApplication application = start(Shared.class, "pyxbox.retry.max-attempts=3");
		this.tables.execute("create table effect (who text, number int)");

		application.outbox().emitAll(List.of(new Placed("a", 1), new Placed("a", 2), new Parcel("a")));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.jdbc()
			.sql("select who || ' ' || number from effect order by number, who")
			.query(String.class)
			.list()).containsExactly("first 2", "second 2");
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.consumer()).isEqualTo("shared");
			assertThat(dead.attempts()).isEqualTo(3);
		});
		assertThat(application.bean(Heard.class).by("parcel")).containsExactly(new Parcel("a"));
	}

	@Test
	void listenersAreFoundInBeansOfAllKinds() {
		TestApplication application = start(Kinds.class, "spring.aop.proxy-target-class=false");
		assertThat(AopUtils.isCglibProxy(application.bean(ProxiedByClass.class))).isTrue();
		assertThat(Proxy.isProxyClass(application.bean(Shipping.class).getClass())).isTrue();

		application.outbox().emit(new Placed("a", 1));

		await().until(() -> this.tables.events() == 0);
		Heard heard = application.bean(Heard.class);
		for (String kind : List.of("lazy", "proxied by class", "proxied by interface", "inherited", "component")) {
			assertThat(heard.by(kind)).as(kind).containsExactly(new Placed("a", 1));
		}
	}

	@Test
	void aLazyBeanIsMadeByItsFirstEventAndNotBefore() {
		TestApplication application = start(Kinds.class, "spring.main.lazy-initialization=true",
				"spring.aop.proxy-target-class=false");

		application.bean(TransactionalOutbox.class).emit(new Placed("a", 1));

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Heard.class).by("lazy")).containsExactly(new Placed("a", 1));
	}

	@Test
	void aClassWithoutAnnotationHasItsSimpleNameAsType() {
		TestApplication application = prepare(Unannotated.class);
		application.outbox().emit(new NotAnnotated(7));
		assertThat(this.tables.rows()).singleElement().satisfies((row) -> {
			assertThat(row.type()).isEqualTo("NotAnnotated");
			assertThat(row.partitionKey()).isNull();
			assertThat(row.topic()).isNull();
		});

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Heard.class).by("not annotated")).containsExactly(new NotAnnotated(7));
	}

	@Test
	void theKeyIsAPropertyOrAnExpression() {
		TestApplication application = prepare(Forms.class, "topic.of.sent=of-the-type");

		application.outbox().emit(new Sent("a", 5));
		application.outbox().emit(new Region(new Region.Place("eu", 7)));
		application.outbox().emit(new Region(null));

		assertThat(this.tables.rows()).extracting(OutboxTables.Row::partitionKey).containsExactly("a", "eu-7", null);
		assertThat(this.tables.rows()).extracting(OutboxTables.Row::topic).containsExactly("of-the-type", null, null);
	}

	private static EventMetadata of(EventMetadata metadata, ConsumerId consumer) {
		return new EventMetadata(metadata.id(), metadata.type(), metadata.topic(), metadata.partitionKey(),
				metadata.headers(), metadata.createdAt(), metadata.attempt(), consumer);
	}

	@OutboxEvent(type = "placed", partitionKey = "key")
	record Placed(String key, int number) {
	}

	@OutboxEvent(type = "sent", topic = "${topic.of.sent:of-the-type}", partitionKey = "key")
	record Sent(String key, int number) {
	}

	@OutboxEvent(type = "region", partitionKey = "place == null ? null : place.region + '-' + place.number")
	record Region(@Nullable Place place) {

		record Place(String region, int number) {
		}

	}

	interface Shipment {

	}

	@OutboxEvent(type = "parcel", partitionKey = "key")
	record Parcel(String key) implements Shipment {
	}

	@OutboxEvent(type = "letter", partitionKey = "key")
	record Letter(String key) implements Shipment {
	}

	record NotAnnotated(int number) {
	}

	record Heard(Map<String, List<Object>> things) {

		void note(String listener, Object... heard) {
			this.things.computeIfAbsent(listener, (key) -> new CopyOnWriteArrayList<>()).addAll(List.of(heard));
		}

		List<Object> by(String listener) {
			return this.things.getOrDefault(listener, new ArrayList<>());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Basis {

		@Bean
		Heard heard() {
			return new Heard(new ConcurrentHashMap<>());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Forms extends Basis {

		@Bean
		FormsListener forms(Heard heard) {
			return new FormsListener(heard);
		}

	}

	record FormsListener(Heard heard) {

		@OutboxListener
		void event(Placed event) {
			this.heard.note("event", event);
		}

		@OutboxListener
		void metadata(Placed event, EventMetadata metadata) {
			this.heard.note("metadata", event, metadata);
		}

		@OutboxListener
		void envelope(EventEnvelope<Placed> envelope) {
			this.heard.note("envelope", envelope);
		}

		@OutboxListener
		void chunk(List<Placed> events) {
			this.heard.note("chunk", List.copyOf(events));
		}

		@OutboxListener
		void envelopes(List<EventEnvelope<Placed>> envelopes) {
			this.heard.note("envelopes", List.copyOf(envelopes));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Wide extends Basis {

		@Bean
		WideListener wide(Heard heard) {
			return new WideListener(heard);
		}

	}

	record WideListener(Heard heard) {

		@OutboxListener
		void shipments(Shipment event) {
			this.heard.note("shipments", event);
		}

		@OutboxListener
		void everything(Object event) {
			this.heard.note("everything", event);
		}

		@OutboxListener(types = { Placed.class, Letter.class })
		void some(Object event) {
			this.heard.note("some", event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Topical extends Basis {

		@Bean
		TopicalListener topical(Heard heard) {
			return new TopicalListener(heard);
		}

	}

	record TopicalListener(Heard heard) {

		@OutboxListener(topics = { "fixed", "${topic.name}" })
		void two(Placed event) {
			this.heard.note("two topics", event);
		}

		@OutboxListener
		void all(Placed event) {
			this.heard.note("all topics", event);
		}

		@OutboxListener(topics = "of-the-type")
		void ofTheType(Sent event) {
			this.heard.note("topic of the type", event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Shared extends Basis {

		@Bean
		FirstListener first(JdbcClient jdbc, Heard heard) {
			return new FirstListener(jdbc, heard);
		}

		@Bean
		SecondListener second(JdbcClient jdbc) {
			return new SecondListener(jdbc);
		}

	}

	record FirstListener(JdbcClient jdbc, Heard heard) {

		@OutboxListener(consumer = "shared")
		void on(Placed event) {
			this.jdbc.sql("insert into effect values ('first', ?)").param(event.number()).update();
		}

		@OutboxListener(consumer = "shared")
		void on(Parcel event) {
			this.heard.note("parcel", event);
		}

	}

	record SecondListener(JdbcClient jdbc) {

		@OutboxListener(consumer = "shared")
		void on(Placed event) {
			this.jdbc.sql("insert into effect values ('second', ?)").param(event.number()).update();
			if (event.number() == 1) {
				throw new Mishap();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Unannotated extends Basis {

		@Bean
		UnannotatedListener unannotated(Heard heard) {
			return new UnannotatedListener(heard);
		}

	}

	record UnannotatedListener(Heard heard) {

		@OutboxListener
		void on(NotAnnotated event) {
			this.heard.note("not annotated", event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Kinds extends Basis {

		@Bean
		@Lazy
		LazyListener lazy(Heard heard) {
			return new LazyListener(heard);
		}

		@Bean
		ProxiedByClass proxiedByClass(Heard heard) {
			return new ProxiedByClass(heard);
		}

		@Bean
		Shipping proxiedByInterface(Heard heard) {
			return new ProxiedByInterface(heard);
		}

		@Bean
		Inheriting inheriting(Heard heard) {
			return new Inheriting(heard);
		}

		@Bean
		Object component(Heard heard) {
			return new HiddenBehindObject(heard);
		}

	}

	record LazyListener(Heard heard) {

		@OutboxListener
		void on(Placed event) {
			this.heard.note("lazy", event);
		}

	}

	static class ProxiedByClass {

		private final Heard heard;

		ProxiedByClass(Heard heard) {
			this.heard = heard;
		}

		@OutboxListener
		@Transactional
		void on(Placed event) {
			this.heard.note("proxied by class", event);
		}

	}

	public interface Shipping {

		void on(Placed event);

	}

	static class ProxiedByInterface implements Shipping {

		private final Heard heard;

		ProxiedByInterface(Heard heard) {
			this.heard = heard;
		}

		@Override
		@OutboxListener
		@Transactional
		public void on(Placed event) {
			this.heard.note("proxied by interface", event);
		}

	}

	abstract static class Inherited<E> {

		@OutboxListener
		void on(E event) {
			note(event);
		}

		abstract void note(E event);

	}

	static class Inheriting extends Inherited<Placed> {

		private final Heard heard;

		Inheriting(Heard heard) {
			this.heard = heard;
		}

		@Override
		void note(Placed event) {
			this.heard.note("inherited", event);
		}

	}

	record HiddenBehindObject(Heard heard) {

		@OutboxListener
		void on(Placed event) {
			this.heard.note("component", event);
		}

	}

}
