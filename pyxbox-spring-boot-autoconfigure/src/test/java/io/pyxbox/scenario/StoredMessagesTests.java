package io.pyxbox.scenario;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventMetadata;
import io.pyxbox.InboxMessage;
import io.pyxbox.InvalidEventException;
import io.pyxbox.MessageId;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalInbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Messages from elsewhere that are stored, and handled later by listeners.
 */
class StoredMessagesTests extends Scenario {

	private static final ConsumerId BROKER = new ConsumerId("broker");

	private TestApplication application;

	private TransactionalInbox inbox;

	@BeforeEach
	void startApplication() {
		this.ledger.create();
		this.application = prepare(App.class, "pyxbox.retry.max-attempts=5");
		this.inbox = this.application.bean(TransactionalInbox.class);
	}

	@Test
	void aMessageIsStoredOnceAsItIs() {
		UUID id = UUID.randomUUID();
		InboxMessage message = InboxMessage.of(MessageId.of(id), "counted", "{\"key\": \"a\", \"number\": 1}")
			.withPartitionKey("a")
			.withTopic("counts")
			.withHeader("tenant", "blue");

		boolean first = this.inbox.store(message);
		boolean second = this.inbox.store(message);

		assertThat(first).isTrue();
		assertThat(second).isFalse();
		assertThat(this.tables.rows()).singleElement().satisfies((row) -> {
			assertThat(row.eventId()).isEqualTo(id);
			assertThat(row.type()).isEqualTo("counted");
			assertThat(row.topic()).isEqualTo("counts");
			assertThat(row.partitionKey()).isEqualTo("a");
			assertThat(row.payload()).isEqualTo("{\"key\": \"a\", \"number\": 1}");
			assertThat(row.headers()).isEqualTo("{\"tenant\": \"blue\"}");
		});
	}

	@Test
	void anIdThatIsNoUuidIsKeptInAHeader() {
		this.inbox.store(message("m-1", "a", 1));

		assertThat(this.tables.rows()).singleElement().satisfies((row) -> {
			assertThat(row.headers()).isEqualTo("{\"message-id\": \"m-1\"}");
			assertThat(row.eventId()).isEqualTo(MessageId.of("m-1").value());
		});
	}

	@Test
	void listenersReceiveWhatWasStoredWithAllTheirAttemptsAndInItsOrder() {
		this.application.start();

		for (int number = 1; number <= 20; number++) {
			this.inbox.store(BROKER, message("a-" + number, "a", number));
			this.inbox.store(BROKER, message("b-" + number, "b", number));
			this.inbox.store(BROKER, message("a-" + number, "a", number));
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events(), 2, 20)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void aBatchIsStoredInItsOrder() {
		List<InboxMessage> batch = IntStream.rangeClosed(1, 2000)
			.mapToObj((number) -> message("m-" + number, "a", number))
			.toList();

		int first = this.inbox.storeAll(BROKER, batch.subList(0, 1500));
		int second = this.inbox.storeAll(BROKER, batch);

		assertThat(first).isEqualTo(1500);
		assertThat(second).isEqualTo(500);
		assertThat(this.tables.numbers()).isEqualTo(range(1, 2000));
	}

	@Test
	void whatIsStoredAndItsRecordRollBackWithTheCaller() {
		this.application.inTransaction((status) -> {
			assertThat(this.inbox.store(message("m-1", "a", 1))).isTrue();
			status.setRollbackOnly();
		});

		assertThat(this.tables.events()).isZero();
		assertThat(this.inbox.store(message("m-1", "a", 1))).isTrue();
	}

	@Test
	void eachConsumerStoresAMessageOfItsOwn() {
		this.inbox.store(new ConsumerId("one"), message("m-1", "a", 1));
		this.inbox.store(new ConsumerId("other"), message("m-1", "a", 2));

		assertThat(this.tables.numbers()).containsExactly(1, 2);
	}

	@Test
	void whatCannotBeStoredIsRefusedTogetherWithItsBatch() {
		for (String payload : List.of("", "{", "{} {}", "text", "{\"a\": \"\\u0000\"}", "\"\uD83D\"", "1e999999",
				"\"" + "x".repeat(2_000_000) + "\"")) {
			assertThatExceptionOfType(InvalidEventException.class).as(payload)
				.isThrownBy(() -> this.inbox.storeAll(BROKER,
						List.of(message("m-1", "a", 1), InboxMessage.of(MessageId.of("m-2"), "counted", payload))));
		}
		assertThatIllegalArgumentException().isThrownBy(() -> InboxMessage.of(MessageId.of("m-1"), " ", "{}"));

		assertThat(this.tables.events()).isZero();
		assertThat(this.tables.count("events_inbox")).isZero();
	}

	private static InboxMessage message(String id, String key, int number) {
		return InboxMessage.of(MessageId.of(id), "counted", "{\"key\": \"%s\", \"number\": %d}".formatted(key, number))
			.withPartitionKey(key);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Writer writer(Ledger ledger) {
			return new Writer(ledger);
		}

	}

	record Writer(Ledger ledger) {

		@OutboxListener(consumer = "writer")
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
			if (event.number() % 7 == 0 && metadata.attempt() < 3) {
				throw new Mishap();
			}
		}

	}

}
