package io.pyxbox.chaos;

import java.time.Duration;
import java.util.Map;

/**
 * How applications and server are set up to notice each other's absence, as one would who
 * expects trouble; but in seconds, where one would wait for half a minute elsewhere.
 */
final class Connections {

	/** After which silence a connection is given up. */
	static final Duration TIMEOUT = Duration.ofSeconds(2);

	/** What has to be longer than any time-out. */
	static final Duration BEYOND_TIMEOUT = TIMEOUT.plusSeconds(1);

	private Connections() {
	}

	/** Settings of a server that keeps its promises, and forgets clients that vanish. */
	static Map<String, String> durableServer() {
		return Map.of("fsync", "on", "synchronous_commit", "on", "idle_in_transaction_session_timeout",
				TIMEOUT.toMillis() + "ms", "tcp_user_timeout", TIMEOUT.toMillis() + "ms");
	}

	/** The properties of an application that reaches its database by this URL. */
	static String[] properties(String jdbcUrl) {
		String url = jdbcUrl + (jdbcUrl.contains("?") ? "&" : "?") + "tcpKeepAlive=true&connectTimeout="
				+ TIMEOUT.toSeconds() + "&socketTimeout=" + TIMEOUT.toSeconds();
		return new String[] { "spring.datasource.url=" + url,
				"spring.datasource.hikari.connection-timeout=" + TIMEOUT.toMillis(),
				"spring.datasource.hikari.validation-timeout=1000",
				"pyxbox.poller.network-timeout=" + TIMEOUT.toMillis() + "ms" };
	}

}
