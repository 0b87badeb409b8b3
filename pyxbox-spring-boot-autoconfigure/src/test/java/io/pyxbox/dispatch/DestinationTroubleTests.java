package io.pyxbox.dispatch;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UTFDataFormatException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import io.pyxbox.DestinationUnavailableException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

class DestinationTroubleTests {

	@ParameterizedTest
	@MethodSource
	void knowsWhatIsAboutTheDestination(Throwable failure) {
		assertThat(DestinationTrouble.isCauseOf(failure)).isTrue();
		assertThat(DestinationTrouble.isCauseOf(new IllegalStateException(failure))).as("as a cause").isTrue();
	}

	static Stream<Throwable> knowsWhatIsAboutTheDestination() {
		return Stream.of(new ConnectException("refused"), new SocketException("Connection reset"),
				new SocketTimeoutException("Read timed out"), new UnknownHostException("nowhere"),
				new HttpTimeoutException("request timed out"), new IOException("Connection reset by peer"),
				new ExecutionException(new TimeoutException()), new SQLException("gone", "08006"),
				new ListenerTimeoutException(Duration.ofSeconds(1), null),
				new DestinationUnavailableException("closed", null));
	}

	@ParameterizedTest
	@MethodSource
	void leavesTheRestToTheEvent(Throwable failure) {
		assertThat(DestinationTrouble.isCauseOf(failure)).isFalse();
	}

	static Stream<Throwable> leavesTheRestToTheEvent() {
		return Stream.of(new IllegalStateException("no stock"), new FileNotFoundException("template.html"),
				new UncheckedIOException(new UTFDataFormatException("no UTF-8")),
				new SQLException("duplicate key", "23505"), new NullPointerException());
	}

}
