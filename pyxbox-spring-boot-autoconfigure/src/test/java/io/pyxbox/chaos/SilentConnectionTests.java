package io.pyxbox.chaos;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.test.system.CapturedOutput;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Connections fall silent, and neither end is told.
 */
class SilentConnectionTests extends Trouble {

	@ParameterizedTest
	@EnumSource
	void aRequestThatDoesNotArriveIsGivenUpAndDoneAgain(Request request, CapturedOutput output) throws Exception {
		emit(10);
		TestApplication application = prepare(Request.SPELT_OUT);
		CountDownLatch silent = this.network.onRequest(request.text, this.network::blackhole);

		application.start();
		assertThat(silent.await(60, TimeUnit.SECONDS)).isTrue();
		awaitWarning(output);
		this.network.pass();

		await().atMost(SOON).until(this.books::isDrained);
		assertBalanced();
		assertWarnedOnce(output);
	}

	@ParameterizedTest
	@EnumSource
	void aReplyThatDoesNotArriveIsGivenUpAndTheRequestDoneAgain(Request request, CapturedOutput output)
			throws Exception {
		emit(10);
		TestApplication application = prepare(Request.SPELT_OUT);
		CountDownLatch silent = this.network.onRequest(request.text, this.network::blackholeReplies);

		application.start();
		assertThat(silent.await(60, TimeUnit.SECONDS)).isTrue();
		awaitWarning(output);
		this.network.pass();

		await().atMost(SOON).until(this.books::isDrained);
		assertBalanced();
		assertWarnedOnce(output);
	}

	@ParameterizedTest
	@EnumSource
	void connectionsThatStaySilentAreReplaced(Request request, CapturedOutput output) throws Exception {
		emit(10);
		TestApplication application = prepare(Request.SPELT_OUT);
		CountDownLatch silent = this.network.onRequest(request.text, this.network::forget);

		application.start();
		assertThat(silent.await(60, TimeUnit.SECONDS)).isTrue();
		awaitWarning(output);
		this.network.bury();

		await().atMost(SOON).until(this.books::isDrained);
		assertBalanced();
		assertWarnedOnce(output);
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LISTENER")
	void theLibrarysOwnRequestsAreGivenUpWithoutATimeOutOfTheDriverToo(Request request, CapturedOutput output)
			throws Exception {
		emit(10);
		TestApplication application = prepare(Request.SPELT_OUT,
				"spring.datasource.url=" + this.network.through(this.database.jdbcUrl()));
		CountDownLatch silent = this.network.onRequest(request.text, this.network::forget);

		application.start();
		assertThat(silent.await(60, TimeUnit.SECONDS)).isTrue();
		awaitWarning(output);
		this.network.bury();

		await().atMost(SOON).until(this.books::isDrained);
		assertBalanced();
		assertWarnedOnce(output);
	}

	@Test
	void aSilentConnectionUnderLoadIsGotOverSoon(CapturedOutput output) {
		start(300);
		awaitDelivery(SOON);

		this.network.blackhole();
		awaitWarning(output);
		this.network.pass();

		awaitDelivery(SOON);
		assertBalanced();
		assertWarnedOnce(output);
	}

	/** What a delivery asks the server for. */
	enum Request {

		CLAIM("pg_try_advisory_xact_lock"), LISTENER("insert into ledger_effect"), SETTLEMENT("FOR UPDATE"),
		COMMIT("COMMIT");

		/** Without it, requests that are repeated are only named. */
		static final String SPELT_OUT = "spring.datasource.hikari.data-source-properties.prepareThreshold=0";

		private final String text;

		Request(String text) {
			this.text = text;
		}

	}

}
