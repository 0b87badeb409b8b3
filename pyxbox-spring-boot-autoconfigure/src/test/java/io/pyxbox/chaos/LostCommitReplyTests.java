package io.pyxbox.chaos;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The server has committed and the application does not learn of it, or the other way
 * round.
 */
class LostCommitReplyTests extends Trouble {

	@ParameterizedTest
	@ValueSource(strings = { "insert into ledger_effect", "insert into bulk_effect" })
	void aDeliveryWhoseCommitReplyIsLostHasTakenEffectOnce(String effect) throws Exception {
		emit(10);
		// With one worker, the next commit after the effect is that of the effect.
		TestApplication application = prepare(SilentConnectionTests.Request.SPELT_OUT, "pyxbox.poller.concurrency=1");
		CountDownLatch committing = new CountDownLatch(1);
		this.network.onRequest(effect, () -> this.network.onRequest("COMMIT", () -> {
			this.network.blackholeReplies();
			committing.countDown();
		}));

		application.start();
		assertThat(committing.await(60, TimeUnit.SECONDS)).isTrue();
		await().until(() -> this.tables.count("ledger_effect") + this.tables.count("bulk_effect") > 0);
		this.network.cut();
		this.network.pass();

		assertBalanced();
	}

	@Test
	void whatIsEmittedInATransactionWhoseCommitReplyIsLostIsThere() throws Exception {
		TestApplication application = prepare(SilentConnectionTests.Request.SPELT_OUT);
		CountDownLatch committing = this.network.onRequest("COMMIT", this.network::blackholeReplies);

		Future<?> emitting = this.threads.submit(() -> emitOne(application));
		assertThat(committing.await(60, TimeUnit.SECONDS)).isTrue();
		await().until(() -> this.tables.count("entry") == 1);
		this.network.cut();
		this.network.pass();

		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> emitting.get(60, TimeUnit.SECONDS));
		assertThat(this.tables.events()).isEqualTo(1);
		application.start();
		assertBalanced();
	}

	@Test
	void whatIsEmittedInATransactionWhoseCommitIsLostIsNotThere() throws Exception {
		TestApplication application = prepare(SilentConnectionTests.Request.SPELT_OUT);
		CountDownLatch committing = this.network.onRequest("COMMIT", this.network::cut);

		Future<?> emitting = this.threads.submit(() -> emitOne(application));
		assertThat(committing.await(60, TimeUnit.SECONDS)).isTrue();

		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> emitting.get(60, TimeUnit.SECONDS));
		await().until(() -> sessionsInTransaction() == 0);
		assertThat(this.tables.count("entry")).isZero();
		assertThat(this.tables.events()).isZero();
	}

	private static void emitOne(TestApplication application) {
		application.inTransaction(() -> application.bean(Bookkeeper.class).emit(List.of(new Entry("account-1", 1, 0))));
	}

	private int sessionsInTransaction() {
		return this.tables.jdbc()
			.sql("select count(*) from pg_stat_activity where datname = current_database() and xact_start is not null "
					+ "and pid <> pg_backend_pid()")
			.query(Integer.class)
			.single();
	}

}
