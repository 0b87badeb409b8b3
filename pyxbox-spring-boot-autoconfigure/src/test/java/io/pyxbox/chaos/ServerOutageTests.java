package io.pyxbox.chaos;

import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.pyxbox.scenario.TestApplication;
import io.pyxbox.testdatabase.TestDatabase.Shutdown;
import org.junit.jupiter.api.Test;
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

	@Test
	void stoppingWhileTheServerIsAwayDoesNotTakeLong(CapturedOutput output) throws Exception {
		TestApplication application = start(0, "pyxbox.poller.shutdown-timeout=10s");

		this.server.stop(Shutdown.IMMEDIATE);
		try {
			awaitWarning(output);
			Future<?> closing = this.threads.submit(application::close);
			closing.get(SOON.toSeconds(), TimeUnit.SECONDS);
		}
		finally {
			this.server.startAgain();
		}

		assertWarnedOnce(output);
	}

}
