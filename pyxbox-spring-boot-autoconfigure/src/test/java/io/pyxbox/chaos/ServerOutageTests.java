package io.pyxbox.chaos;

import io.pyxbox.testdatabase.TestDatabase.Shutdown;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.test.system.CapturedOutput;

/**
 * The server goes away and comes back.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no signals")
class ServerOutageTests extends Trouble {

	@ParameterizedTest
	@EnumSource
	void aRestartUnderLoadLosesNothingAndIsGotOverSoon(Shutdown how, CapturedOutput output) {
		start(300);
		awaitDelivery(SOON);

		this.server.stop(how);
		awaitWarning(output);
		this.server.startAgain();

		awaitDelivery(SOON);
		assertBalanced();
		assertWarnedOnce(output);
	}

}
