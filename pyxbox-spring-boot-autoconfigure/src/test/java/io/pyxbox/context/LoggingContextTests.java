package io.pyxbox.context;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.dispatch.DecodedEvent;
import io.pyxbox.store.StoredEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class LoggingContextTests {

	private final LoggingContext context = new LoggingContext(List.of("request", "user"));

	@BeforeEach
	@AfterEach
	void clear() {
		MDC.clear();
	}

	@Test
	void takesTheKeysThatAreListedAndThere() {
		MDC.put("request", "r-1");
		MDC.put("secret", "s");

		assertThat(this.context.headersOf("an event")).isEqualTo(Map.of("request", "r-1"));
	}

	@Test
	void hasThemDuringTheCallOnly() throws Exception {
		Map<String, String> during = new HashMap<>();

		this.context.around(List.of(event(Map.of("request", "r-1", "other", "o"))),
				() -> during.putAll(MDC.getCopyOfContextMap()));

		assertThat(during).isEqualTo(Map.of("request", "r-1"));
		assertThat(MDC.get("request")).isNull();
	}

	@Test
	void hasDuringAChunkWhatAllOfItHaveInCommon() throws Exception {
		Map<String, String> during = new HashMap<>();
		MDC.put("request", "before");

		this.context.around(List.of(event(Map.of("request", "r-1", "user", "u")),
				event(Map.of("request", "r-2", "user", "u")), event(Map.of("user", "u"))),
				() -> during.putAll(MDC.getCopyOfContextMap()));

		assertThat(during).isEqualTo(Map.of("user", "u"));
		assertThat(MDC.getCopyOfContextMap()).isEqualTo(Map.of("request", "before"));
	}

	@Test
	void leavesWhatWasThereBeforeAlsoIfTheCallFails() {
		MDC.put("request", "before");
		MDC.put("user", "before");

		assertThatIllegalStateException()
			.isThrownBy(() -> this.context.around(List.of(event(Map.of("request", "r-1"))), () -> {
				assertThat(MDC.get("request")).isEqualTo("r-1");
				assertThat(MDC.get("user")).as("what the event does not have").isNull();
				throw new IllegalStateException("a mishap");
			}));

		assertThat(MDC.get("request")).isEqualTo("before");
		assertThat(MDC.get("user")).isEqualTo("before");
	}

	private static DecodedEvent event(Map<String, String> headers) {
		EventId id = new EventId(new UUID(7, 1));
		return new DecodedEvent(new StoredEvent(1, id, "T", null, null, new byte[0], null, Instant.EPOCH, false, null),
				"content", new EventMetadata(id, "T", null, null, headers, Instant.EPOCH, 1, new ConsumerId("c")));
	}

}
