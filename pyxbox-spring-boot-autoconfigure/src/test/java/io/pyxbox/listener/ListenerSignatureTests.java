package io.pyxbox.listener;

import java.lang.reflect.Method;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.dispatch.DecodedEvent;
import io.pyxbox.store.StoredEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ListenerSignatureTests {

	@ParameterizedTest
	@CsvSource(textBlock = """
			event,                 Order,   false, false, false
			eventAndMetadata,      Order,   false, false, true
			anyInterface,          Runnable, false, false, false
			anything,              Object,  false, false, false
			envelope,              Order,   false, true,  false
			envelopeOfAnything,    Object,  false, true,  false
			envelopeOfSubclasses,  Order,   false, true,  false
			list,                  Order,   true,  false, false
			listOfEnvelopes,       Order,   true,  true,  false
			listOfInterface,       Runnable, true, false, false
			listOfAnyEnvelope,     Object,  true,  true,  false
			typeVariable,          Order,   false, false, false
			listOfTypeVariable,    Order,   true,  false, false
			envelopeOfTypeVariable, Order,  false, true,  false
			""")
	void saysWhatAMethodTakes(String method, String eventClass, boolean wholeChunk, boolean envelope,
			boolean metadata) {
		ListenerSignature signature = signature(method);

		assertThat(signature.eventClass().getSimpleName()).isEqualTo(eventClass);
		assertThat(signature.wholeChunk()).isEqualTo(wholeChunk);
		assertThat(signature.envelope()).isEqualTo(envelope);
		assertThat(signature.metadata()).isEqualTo(metadata);
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			returnsSomething,      returns something
			nothing,               has 0 parameters
			tooMuch,               has 3 parameters
			onlyMetadata,          does not say which events it takes
			primitive,             does not say which events it takes
			rawList,               does not say which events it takes
			rawEnvelope,           does not say which events it takes
			listOfAnything,        does not say which events it takes
			metadataFirst,         does not say which events it takes
			twoEvents,             a second parameter that is no EventMetadata
			envelopeAndMetadata,   which contains it already
			listAndMetadata,       which has no single one
			""")
	void refusesAMethodThatCannotWorkAndSaysWhyAndHow(String method, String problem) {
		assertThatExceptionOfType(InvalidListenerException.class).isThrownBy(() -> signature(method))
			.withMessageContaining("'" + method + "'")
			.withMessageContaining("'bean'")
			.withMessageContaining(problem)
			.satisfies((ex) -> assertThat(ex.getAction()).isNotBlank());
	}

	@Test
	void passesAnEventAsTheMethodTakesIt() {
		DecodedEvent event = decoded(new Order("o-1"));

		assertThat(signature("event").arguments(event)).containsExactly(event.content());
		assertThat(signature("eventAndMetadata").arguments(event)).containsExactly(event.content(), event.metadata());
		assertThat(signature("envelope").arguments(event))
			.containsExactly(new EventEnvelope<>(event.content(), event.metadata()));
	}

	@Test
	void passesAChunkAsTheMethodTakesIt() {
		DecodedEvent first = decoded(new Order("o-1"));
		DecodedEvent second = decoded(new Order("o-2"));

		assertThat(signature("list").arguments(List.of(first, second)))
			.containsExactly(List.of(first.content(), second.content()));
		assertThat(signature("listOfEnvelopes").arguments(List.of(first)))
			.containsExactly(List.of(new EventEnvelope<>(first.content(), first.metadata())));
	}

	private static ListenerSignature signature(String name) {
		Method method = Arrays.stream(Listeners.class.getMethods())
			.filter((candidate) -> candidate.getName().equals(name) && !candidate.isBridge())
			.findFirst()
			.orElseThrow();
		return ListenerSignature.of("bean", Listeners.class, method);
	}

	private static DecodedEvent decoded(Object content) {
		EventId id = new EventId(UUID.randomUUID());
		return new DecodedEvent(
				new StoredEvent(1, id, "Order", null, null, new byte[0], null, Instant.EPOCH, false, 0, 0), content,
				new EventMetadata(id, "Order", null, null, Map.of(), Instant.EPOCH, 1, new ConsumerId("consumer")));
	}

	record Order(String id) {
	}

	static class Base<T> {

		public void typeVariable(T event) {
		}

		public void listOfTypeVariable(List<T> events) {
		}

		public void envelopeOfTypeVariable(EventEnvelope<T> event) {
		}

	}

	@SuppressWarnings("rawtypes")
	static class Listeners extends Base<Order> {

		public void event(Order event) {
		}

		public void eventAndMetadata(Order event, EventMetadata metadata) {
		}

		public void anyInterface(Runnable event) {
		}

		public void anything(Object event) {
		}

		public void envelope(EventEnvelope<Order> event) {
		}

		public void envelopeOfAnything(EventEnvelope<?> event) {
		}

		public void rawEnvelope(EventEnvelope event) {
		}

		public void envelopeOfSubclasses(EventEnvelope<? extends Order> event) {
		}

		public void list(List<Order> events) {
		}

		public void listOfEnvelopes(List<EventEnvelope<Order>> events) {
		}

		public void listOfInterface(List<Runnable> events) {
		}

		public void listOfAnyEnvelope(List<EventEnvelope<?>> events) {
		}

		public boolean returnsSomething(Order event) {
			return true;
		}

		public void nothing() {
		}

		public void tooMuch(Order event, EventMetadata metadata, String more) {
		}

		public void onlyMetadata(EventMetadata metadata) {
		}

		public void metadataFirst(EventMetadata metadata, Order event) {
		}

		public void primitive(int event) {
		}

		public void rawList(List events) {
		}

		public void listOfAnything(List<?> events) {
		}

		public void twoEvents(Order event, Order another) {
		}

		public void envelopeAndMetadata(EventEnvelope<Order> event, EventMetadata metadata) {
		}

		public void listAndMetadata(List<Order> events, EventMetadata metadata) {
		}

	}

}
