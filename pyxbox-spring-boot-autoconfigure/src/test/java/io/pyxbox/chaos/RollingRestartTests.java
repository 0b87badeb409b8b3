package io.pyxbox.chaos;

import java.nio.file.Path;

import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Instances are asked to end and are replaced, under a load that never stops.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no signals")
class RollingRestartTests extends Trouble {

	private static final String[] UNFAILING_BUT_SLOW = { "chaos.failing=false", "chaos.slowness=5ms" };

	@TempDir
	private Path logs;

	@Test
	void nothingIsDoneTwiceAndNothingWaitsLong() {
		Fleet fleet = endAfterwards(new Fleet(this.database, this.books, this.logs, 3, 150, UNFAILING_BUT_SLOW));
		fleet.awaitDeliveryByAll();

		for (int round = 1; round <= 2; round++) {
			for (Instance instance : fleet.instances()) {
				instance.roll();
				fleet.awaitDeliveryByAll();
			}
		}

		this.books.setOpen(false);
		fleet.awaitDrained();
		Balance balance = this.books.balance();
		System.out.printf("Rolling restarts: %d events, from the emit to the call p50 %d ms, p99 %d ms, max %d ms%n",
				balance.events(), this.books.waitInMillis(0.5), this.books.waitInMillis(0.99),
				this.books.waitInMillis(1));
		assertThat(balance.faults()).isEmpty();
		assertThat(balance.repeatedOutside()).isZero();
		assertThat(fleet.replacements()).isZero();
		assertThat(fleet.warnings()).isZero();
		assertThat(this.books.waitInMillis(1)).isLessThan(5_000);
	}

	@Test
	void stoppingAndStartingInTheMiddleOfSlowCallsRepeatsNone() {
		TestApplication application = start(200, UNFAILING_BUT_SLOW);
		start(200, UNFAILING_BUT_SLOW);

		for (int i = 0; i < 5; i++) {
			awaitDelivery(SOON);
			application.stop();
			awaitDelivery(SOON);
			application.start();
		}

		assertThat(assertBalanced().repeatedOutside()).isZero();
	}

}
