package io.pyxbox.scenario;

import java.util.List;

import io.pyxbox.IdempotentReceiver;
import io.pyxbox.inbox.InvalidReceiverException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Annotated methods, whoever calls them.
 */
class IdempotentReceiverTests extends Scenario {

	@BeforeEach
	void createTable() {
		this.tables.execute("create table effect (position bigint generated always as identity, what text)");
	}

	@Test
	void aMethodIsCalledOnceForEachMessage() {
		Receiver receiver = start(App.class).bean(Receiver.class);

		receiver.one(new Message("m-1"));
		receiver.one(new Message("m-2"));
		receiver.one(new Message("m-1"));

		assertThat(effects()).containsExactly("m-1", "m-2");
	}

	@Test
	void itsOwnTransactionIsTheSame() {
		Receiver receiver = start(App.class).bean(Receiver.class);

		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> receiver.failing(new Message("m-1")));

		assertThat(effects()).isEmpty();
		assertThat(this.tables.count("events_inbox")).isZero();
	}

	@Test
	void ofABatchItGetsWhatIsNewAndNothingIfNothingIs() {
		Receiver receiver = start(App.class).bean(Receiver.class);

		assertThat(receiver.batch(List.of(new Message("m-1"), new Message("m-2")), List.of(1, 2)))
			.isEqualTo("2, [1, 2]");
		assertThat(receiver.batch(List.of(new Message("m-2"), new Message("m-3")), List.of(2, 3))).isEqualTo("1, [3]");
		assertThat(receiver.batch(List.of(new Message("m-2"), new Message("m-3")), List.of(2, 3))).isNull();

		assertThat(effects()).containsExactly("m-1", "m-2", "m-3");
	}

	@Test
	void aListThatIsTheContentOfOneMessageIsNoBatch() {
		Receiver receiver = start(App.class).bean(Receiver.class);
		List<Message> content = List.of(new Message("item-1"), new Message("item-2"));

		receiver.content(content, "order-1");
		receiver.content(content, "order-1");
		receiver.content(content, "order-2");

		assertThat(effects()).containsExactly("item-1", "item-2", "item-1", "item-2");
	}

	@Test
	void aMethodThatCannotWorkStopsTheStartThoughAnotherOneOfItsClassCan() {
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> start(Wrong.class))
			.withRootCauseInstanceOf(InvalidReceiverException.class)
			.withStackTraceContaining("payloadOnly");
	}

	@Test
	void aClassThatCannotBeProxiedStopsTheStart() {
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> start(Final.class))
			.withStackTraceContaining("final class");
	}

	@Test
	void twoBeansThatAreOneConsumerByAccidentStopTheStart() {
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> start(Twice.class))
			.withRootCauseInstanceOf(InvalidReceiverException.class)
			.withStackTraceContaining("of bean 'receiver'");
	}

	private List<String> effects() {
		return this.tables.jdbc().sql("select what from effect order by position").query(String.class).list();
	}

	record Message(String id) {
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Receiver receiver(JdbcClient jdbc) {
			return new Receiver(jdbc);
		}

	}

	static class Receiver {

		private final JdbcClient jdbc;

		Receiver(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		@IdempotentReceiver(messageId = "id")
		public void one(Message message) {
			take(message);
		}

		@IdempotentReceiver(messageId = "id")
		@Transactional
		public void failing(Message message) {
			take(message);
			throw new Mishap();
		}

		@IdempotentReceiver(messageId = "id")
		public String batch(List<Message> messages, List<Integer> numbers) {
			messages.forEach(this::take);
			return messages.size() + ", " + numbers;
		}

		@IdempotentReceiver(messageId = "#key")
		public void content(List<Message> items, String key) {
			items.forEach(this::take);
		}

		private void take(Message message) {
			this.jdbc.sql("insert into effect (what) values (?)").param(message.id()).update();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(App.class)
	static class Twice {

		@Bean
		Receiver other(JdbcClient jdbc) {
			return new Receiver(jdbc);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Wrong {

		@Bean
		WrongReceiver wrongReceiver() {
			return new WrongReceiver();
		}

	}

	static class WrongReceiver {

		@IdempotentReceiver(messageId = "id")
		public void fine(Message message) {
		}

		@IdempotentReceiver
		public void payloadOnly(Message message) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Final {

		@Bean
		FinalReceiver finalReceiver() {
			return new FinalReceiver();
		}

	}

	record FinalReceiver() {

		@IdempotentReceiver(messageId = "id")
		void on(Message message) {
		}

	}

}
