package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class TroubleLogTests {

	private static final String TROUBLE = "Events cannot be delivered at the moment and wait";

	private static final String OVER = "Events can be delivered again";

	private final LoggingSystem logging = LoggingSystem.get(TroubleLog.class.getClassLoader());

	private final TroubleLog log = new TroubleLog(Duration.ZERO);

	@BeforeEach
	void setLevel() {
		this.logging.setLogLevel(TroubleLog.class.getName(), LogLevel.INFO);
	}

	@AfterEach
	void resetLevel() {
		this.logging.setLogLevel(TroubleLog.class.getName(), null);
	}

	@Test
	void namesTheRootOfTheTrouble(CapturedOutput output) {
		this.log.report(new IllegalStateException("outer", new SQLException("the server is starting up")));

		assertThat(output).contains(TROUBLE).contains("the server is starting up. Trying again.");
	}

	@Test
	void saysOnceThatThereIsTroubleHoweverManyNotice(CapturedOutput output) {
		for (int i = 0; i < 50; i++) {
			this.log.report(new SQLException("connection refused"));
		}

		assertThat(output.getOut().split(TROUBLE, -1)).hasSize(2);
	}

	@Test
	void saysOnceThatItIsOver(CapturedOutput output) {
		this.log.report(new SQLException("connection refused"));

		this.log.over();
		this.log.over();

		assertThat(output.getOut().split(OVER, -1)).hasSize(2);
	}

	@Test
	void saysNothingOfAnEndAsLongAsThereWasTroubleJustNow(CapturedOutput output) {
		TroubleLog patient = new TroubleLog(Duration.ofHours(1));
		patient.report(new SQLException("connection refused"));

		patient.over();

		assertThat(output).doesNotContain(OVER);
	}

	@Test
	void saysNothingWhereThereWasNoTrouble(CapturedOutput output) {
		this.log.over();

		assertThat(output).doesNotContain(OVER);
	}

}
