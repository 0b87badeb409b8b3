package io.pyxbox.chaos;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.system.CapturedOutput;

/**
 * The server takes no writes for a while, like one that has just been promoted, or is
 * about to be.
 */
class ReadOnlyServerTests extends Trouble {

	@AfterEach
	void makeWritable() {
		set("off");
	}

	@Test
	void nothingIsLostAndDeliveryGoesOnWhenItCanBeWrittenToAgain(CapturedOutput output) {
		start(300);
		awaitDelivery(SOON);

		set("on");
		awaitWarning(output);
		set("off");

		awaitDelivery(SOON);
		assertBalanced();
		assertWarnedOnce(output);
	}

	private void set(String readOnly) {
		this.tables.execute("alter system set default_transaction_read_only = " + readOnly);
		this.tables.jdbc().sql("select pg_reload_conf()").query(Boolean.class).single();
	}

}
