package io.pyxbox.chaos;

import java.time.Duration;

import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.system.CapturedOutput;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The server takes no writes for a while, as before or after a failover.
 */
class ReadOnlyServerTests extends Trouble {

	@AfterEach
	void makeWritable() {
		setReadOnly("off");
	}

	@Test
	void nothingIsLostAndDeliveryGoesOnWhenItCanBeWrittenToAgain(CapturedOutput output) {
		emit(10);
		TestApplication application = prepare();

		setReadOnly("on");
		application.start();
		awaitWarning(output);
		setReadOnly("off");

		await().atMost(SOON).until(this.books::isDrained);
		assertBalanced();
		assertWarnedOnce(output);
	}

	@Test
	void listenersAreNotCalledOverAndOverWhileTheirOutcomeCannotBeRecorded(CapturedOutput output) {
		emit(10);
		TestApplication application = prepare();

		setReadOnly("on");
		application.start();
		awaitWarning(output);
		Pause.of(Duration.ofSeconds(5));
		setReadOnly("off");

		Balance balance = assertBalanced();
		assertThat(balance.repeatedOutside()).isLessThanOrEqualTo(balance.events());
	}

	@Test
	void itIsNotSaidThatAllIsWellAgainBeforeItIs(CapturedOutput output) {
		emit(10);
		TestApplication application = prepare();

		setReadOnly("on");
		application.start();
		awaitWarning(output);
		Pause.of(Duration.ofSeconds(2));
		assertThat(output.getAll()).doesNotContain("Events can be delivered again");
		setReadOnly("off");

		assertBalanced();
		assertRelievedAtMostOnce(output);
	}

	private void setReadOnly(String value) {
		this.tables.execute("alter system set default_transaction_read_only = " + value);
		this.tables.jdbc().sql("select pg_reload_conf()").query(Boolean.class).single();
	}

}
