package io.pyxbox.scenario;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import io.pyxbox.ConsumerId;
import io.pyxbox.MessageId;
import io.pyxbox.MessageIdentity;
import io.pyxbox.MessagePosition;
import io.pyxbox.TransactionalInbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Messages from elsewhere take effect once, however often they come.
 */
class ReceiveTests extends Scenario {

	private static final ConsumerId BILLING = new ConsumerId("billing");

	private static final ConsumerId SHIPPING = new ConsumerId("shipping");

	private TestApplication application;

	private TransactionalInbox inbox;

	@BeforeEach
	void startApplication() {
		this.tables.execute("create table effect (position bigint generated always as identity, what text)");
		this.application = start(App.class);
		this.inbox = this.application.bean(TransactionalInbox.class);
	}

	@Test
	void aMessageTakesEffectOnce() {
		boolean first = this.inbox.receive("billing", "m-1", () -> take("one"));
		boolean second = this.inbox.receive("billing", "m-1", () -> take("again"));
		boolean other = this.inbox.receive("billing", "m-2", () -> take("two"));

		assertThat(List.of(first, second, other)).containsExactly(true, false, true);
		assertThat(effects()).containsExactly("one", "two");
	}

	@Test
	void eachReceiverReceivesItOnce() {
		MessageId message = MessageId.of(UUID.randomUUID());

		this.inbox.receive(BILLING, message, () -> take("billing"));
		this.inbox.receive(SHIPPING, message, () -> take("shipping"));
		this.inbox.receive(BILLING, message, () -> take("billing"));

		assertThat(effects()).containsExactly("billing", "shipping");
	}

	@Test
	void whatFailsIsReceivedWhenItComesAgain() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.inbox.receive("billing", "m-1", () -> {
			take("in vain");
			throw new IOException("a mishap");
		})).withMessage("a mishap");
		assertThat(this.tables.count("events_inbox")).isZero();

		boolean again = this.inbox.receive("billing", "m-1", () -> take("one"));

		assertThat(again).isTrue();
		assertThat(effects()).containsExactly("one");
	}

	@Test
	void theRecordCommitsWithTheTransactionOfTheCaller() {
		this.application.inTransaction((status) -> {
			assertThat(this.inbox.receive("billing", "m-1", () -> take("in vain"))).isTrue();
			status.setRollbackOnly();
		});

		this.application
			.inTransaction(() -> assertThat(this.inbox.receive("billing", "m-1", () -> take("one"))).isTrue());

		assertThat(this.inbox.receive("billing", "m-1", () -> take("again"))).isFalse();
		assertThat(effects()).containsExactly("one");
	}

	@Test
	void aCallerCannotCommitWithoutTheEffect() {
		assertThatExceptionOfType(UnexpectedRollbackException.class)
			.isThrownBy(() -> this.application.inTransaction(() -> {
				try {
					this.inbox.receive("billing", "m-1", () -> {
						throw new Mishap();
					});
				}
				catch (Mishap ex) {
					take("went on");
				}
			}));

		assertThat(effects()).isEmpty();
		assertThat(this.tables.count("events_inbox")).isZero();
	}

	@Test
	void whatIsEmittedByTheActionCommitsWithIt() {
		this.inbox.receive("billing", "m-1", () -> this.application.outbox().emit(new Counted("a", 1)));
		this.inbox.receive("billing", "m-1", () -> this.application.outbox().emit(new Counted("a", 1)));

		assertThat(this.tables.numbers()).containsExactly(1);
	}

	@Test
	void anIdMayHaveAnyForm() {
		UUID uuid = UUID.randomUUID();
		List<String> ids = List.of(uuid.toString(), uuid + " ", "42", "orders/4711#1", "ä😀", "x".repeat(10_000),
				"x".repeat(10_001), " ", "0");

		ids.forEach((id) -> this.inbox.receive("billing", id, () -> take("first")));
		ids.forEach((id) -> this.inbox.receive("billing", id, () -> take("second")));
		this.inbox.receive("billing", uuid.toString().toUpperCase(), () -> take("the same UUID"));
		this.inbox.receive(BILLING, MessageId.of(uuid), () -> take("the same UUID"));

		assertThat(effects()).hasSize(ids.size()).containsOnly("first");
		assertThat(this.tables.jdbc()
			.sql("select coalesce(original_id, message_id::text) from events_inbox")
			.query(String.class)
			.list()).containsExactlyInAnyOrderElementsOf(ids);
	}

	@Test
	void anIdThatIsNoneIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> MessageId.of(""));
		assertThatIllegalArgumentException().isThrownBy(() -> MessageId.of("a\0b"));
		assertThatIllegalArgumentException().isThrownBy(() -> new MessagePosition("", 0, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> new MessagePosition("orders", -1, 0));
	}

	@Test
	void ofABatchOnlyWhatIsNewIsHandledInItsOrder() {
		receiveAll("m-3", "m-1");

		int received = receiveAll("m-5", "m-3", "m-4", "m-5", "m-1", "m-2");

		assertThat(received).isEqualTo(3);
		assertThat(effects()).containsExactly("m-3", "m-1", "m-5", "m-4", "m-2");
		assertThat(receiveAll("m-1", "m-2")).isZero();
		assertThat(receiveAll()).isZero();
		assertThat(effects()).hasSize(5);
	}

	@Test
	void aBatchIsHandledAsAWholeOrNotAtAll() {
		assertThatExceptionOfType(Mishap.class)
			.isThrownBy(() -> this.inbox.receiveAll(BILLING, List.of("m-1", "m-2"), MessageId::of, (messages) -> {
				messages.forEach(this::take);
				throw new Mishap();
			}));
		assertThat(effects()).isEmpty();

		assertThat(receiveAll("m-1", "m-2")).isEqualTo(2);
	}

	static List<Function<Integer, MessageIdentity>> identities() {
		return List.of((number) -> MessageId.of("m-" + number), (number) -> new MessagePosition("orders", 3, number));
	}

	@ParameterizedTest
	@MethodSource("identities")
	void aMessageCostsOneStatementAndSoDoesABatch(Function<Integer, MessageIdentity> identity) {
		RecordingDataSource recording = (RecordingDataSource) this.application.bean(DataSource.class);
		this.inbox.receive(BILLING, identity.apply(1), () -> take("warm"));
		int before = recording.executedBy(Thread.currentThread()).size();

		this.inbox.receive(BILLING, identity.apply(2), () -> take("one"));
		this.inbox.receive(BILLING, identity.apply(2), () -> take("again"));
		this.inbox.receiveAll(BILLING, IntStream.range(2, 500).boxed().toList(), identity,
				(messages) -> take("batch of " + messages.size()));

		List<String> statements = recording.executedBy(Thread.currentThread()).stream().skip(before).toList();
		assertThat(effects()).containsExactly("warm", "one", "batch of 497");
		assertThat(statements).hasSize(5);
		assertThat(statements).filteredOn((sql) -> sql.contains("events_inbox")).hasSize(3);
	}

	@Test
	void byPositionAMessageTakesEffectOnceAndLeavesOneRow() {
		for (int i = 0; i < 3; i++) {
			for (long offset : List.of(0L, 1L, 2L, 7L)) {
				this.inbox.receive(BILLING, new MessagePosition("orders", 1, offset), () -> take("1/" + offset));
				this.inbox.receive(BILLING, new MessagePosition("orders", 2, offset), () -> take("2/" + offset));
			}
		}
		this.inbox.receive(BILLING, new MessagePosition("orders", 1, 5), () -> take("passed long ago"));
		this.inbox.receive(SHIPPING, new MessagePosition("orders", 1, 5), () -> take("somebody else's"));

		assertThat(effects()).containsExactly("1/0", "2/0", "1/1", "2/1", "1/2", "2/2", "1/7", "2/7",
				"somebody else's");
		assertThat(this.tables.count("events_inbox_offset")).isEqualTo(3);
	}

	@Test
	void byPositionTheRestOfABatchIsHandledOfWhichAPartIsKnown() {
		receivePositions(position(0, 10), position(0, 11), position(1, 5));
		this.application.inTransaction((status) -> {
			receivePositions(position(0, 12), position(1, 6));
			status.setRollbackOnly();
		});

		int received = receivePositions(position(0, 9), position(0, 10), position(0, 11), position(0, 12),
				position(0, 14), position(1, 5), position(2, 0), position(0, 14));

		assertThat(received).isEqualTo(3);
		assertThat(effects()).containsExactly("0/10", "0/11", "1/5", "0/12", "0/14", "2/0");
		assertThat(this.tables.jdbc()
			.sql("select next_offset from events_inbox_offset order by partition")
			.query(Long.class)
			.list()).containsExactly(15L, 6L, 1L);
	}

	@Test
	void aFailureOfTheDatabaseReachesTheCallerAsOneOfSprings() {
		this.tables.execute("alter table events_inbox rename to gone");

		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> this.inbox.receive("billing", "m-1", () -> take("in vain")));

		assertThat(effects()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void afterTheCommitOfTheCallersTransactionAMessageIsReceivedInOneOfItsOwn(boolean committing) {
		Runnable receive = () -> this.inbox.receive("billing", "m-1", () -> {
			take("in vain");
			throw new Mishap();
		});
		List<Exception> failures = new ArrayList<>();

		this.application.inTransaction(() -> {
			take("before");
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCommit() {
					if (committing) {
						attempt(receive, failures);
					}
				}

				@Override
				public void afterCompletion(int status) {
					if (!committing) {
						attempt(receive, failures);
					}
				}

			});
		});

		assertThat(failures).hasSize(1).hasOnlyElementsOfType(Mishap.class);
		assertThat(effects()).containsExactly("before");
		assertThat(this.inbox.receive("billing", "m-1", () -> take("one"))).isTrue();
		assertThat(effects()).containsExactly("before", "one");
	}

	private static void attempt(Runnable work, List<Exception> failures) {
		try {
			work.run();
		}
		catch (RuntimeException ex) {
			failures.add(ex);
		}
	}

	private int receiveAll(String... ids) {
		return this.inbox.receiveAll(BILLING, List.of(ids), MessageId::of, (messages) -> messages.forEach(this::take));
	}

	private int receivePositions(MessagePosition... positions) {
		return this.inbox.receiveAll(BILLING, List.of(positions), Function.identity(),
				(messages) -> messages.forEach((message) -> take(message.partition() + "/" + message.offset())));
	}

	private static MessagePosition position(int partition, long offset) {
		return new MessagePosition("orders", partition, offset);
	}

	private void take(String effect) {
		this.application.jdbc().sql("insert into effect (what) values (?)").param(effect).update();
	}

	private List<String> effects() {
		return new ArrayList<>(
				this.tables.jdbc().sql("select what from effect order by position").query(String.class).list());
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		static BeanPostProcessor recorder() {
			return RecordingDataSource.aroundTheDataSource();
		}

	}

}
