package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.InvalidEventException;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What an emitted event looks like in the table, and what it costs to store.
 */
class EmittedEventsTests extends EmitScenario {

	EmittedEventsTests() {
		super(App.class, "pyxbox.poller.auto-startup=false");
	}

	@Test
	void anEventIsAsItWasWhenItWasEmitted() {
		List<String> labels = new ArrayList<>(List.of("as emitted"));

		this.application.inTransaction(() -> {
			this.application.outbox().emit(new Basket(labels));
			labels.set(0, "changed later");
		});

		assertThat(this.tables.rows()).singleElement()
			.satisfies((row) -> assertThat(row.payload()).contains("as emitted").doesNotContain("changed later"));
	}

	@Test
	void theIdsReturnedAreThoseOfTheRows() {
		List<EventId> ids = new ArrayList<>();

		this.application.inTransaction(() -> {
			ids.add(this.shop.tell("1"));
			ids.addAll(this.application.outbox()
				.emitAll(IntStream.rangeClosed(2, 100).mapToObj((i) -> new Shop.Ordered("" + i)).toList()));
			ids.add(this.application.outbox().emit(new Shop.Ordered("101"), EmitOptions.none().withTopic("topic")));
		});
		ids.add(this.shop.tell("102"));

		assertThat(this.tables.rows()).extracting((row) -> new EventId(row.eventId())).containsExactlyElementsOf(ids);
		assertThat(this.shop.told())
			.containsExactlyElementsOf(IntStream.rangeClosed(1, 102).mapToObj(String::valueOf).toList());
		assertThat(ids).allSatisfy((id) -> assertThat(id.value().version()).isEqualTo(7)).doesNotHaveDuplicates();
	}

	@Test
	void noEventsAreNoEvents() {
		assertThat(this.application.outbox().emitAll(List.of())).isEmpty();
		this.application.inTransaction(() -> this.application.outbox().emitAll(List.of()));

		assertThat(this.tables.rows()).isEmpty();
	}

	@Test
	void optionsSetTopicKeyAndHeaders() {
		this.application.outbox()
			.emit(new Counted("own", 1),
					EmitOptions.none()
						.withTopic("topic of the call")
						.withPartitionKey("key of the call")
						.withHeader("name", "value \" \\ \n ü"));
		this.application.outbox().emit(new Counted("own", 2));
		this.application.outbox().emit(new Counted(null, 3));

		List<OutboxTables.Row> rows = this.tables.rows();
		assertThat(rows).extracting(OutboxTables.Row::topic).containsExactly("topic of the call", null, null);
		assertThat(rows).extracting(OutboxTables.Row::partitionKey).containsExactly("key of the call", "own", null);
		assertThat(this.tables.jdbc()
			.sql("select headers->>'name' from events order by id limit 1")
			.query(String.class)
			.single()).isEqualTo("value \" \\ \n ü");
	}

	@Test
	void manyEventsOfATransactionAreOneInsertStatement() {
		this.tables.execute("create table if not exists statements (n int)");
		this.tables.execute("truncate statements");
		this.tables.execute("""
				create or replace function note_statement() returns trigger language plpgsql
				as 'begin insert into public.statements values (1); return null; end'
				""");
		this.tables
			.execute("create trigger note after insert on events for each statement execute function note_statement()");
		try {
			this.application.inTransaction(() -> {
				this.shop.order("1");
				this.application.outbox()
					.emitAll(IntStream.range(0, 500).mapToObj((i) -> new Shop.Ordered("" + i)).toList());
				in(NESTED, (status) -> this.shop.order("nested"));
				in(REQUIRED, (status) -> this.shop.order("participant"));
			});
		}
		finally {
			this.tables.execute("drop trigger note on events");
		}

		assertThat(this.tables.events()).isEqualTo(503);
		assertThat(this.tables.count("statements")).isEqualTo(1);
	}

	@Test
	void withoutATransactionEventsEmittedTogetherAreStoredTogetherOrNotAtAll() {
		assertThatExceptionOfType(InvalidEventException.class).isThrownBy(() -> this.application.outbox()
			.emitAll(List.of(new Shop.Ordered("1"), new Shop.Ordered("with NUL \0"), new Shop.Ordered("3"))));
		assertThat(this.shop.told()).isEmpty();

		this.application.outbox().emitAll(List.of(new Shop.Ordered("1"), new Shop.Ordered("2")));
		assertThat(this.shop.told()).containsExactly("1", "2");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

	record Basket(List<String> labels) {
	}

}
