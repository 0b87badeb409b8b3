package io.pyxbox.publish;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import io.pyxbox.OutgoingEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

class CloudEventFormatTests {

	private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

	private static final String PAYLOAD = "{\"a\": \"é\", \"n\": 1.50}";

	private final CloudEventFormat binary = new CloudEventFormat("orders", PublishFormat.BINARY);

	private final CloudEventFormat structured = new CloudEventFormat("orders", PublishFormat.STRUCTURED);

	@Test
	void inBinaryModeTheBodyIsThePayloadAndTheRestStandsBesideIt() {
		OutgoingEvent event = event("key", Map.of("tenant", "blue", "traceparent", PARENT));

		WireMessage message = this.binary.message(event);

		assertThat(message.body()).isSameAs(event.payload());
		assertThat(message.contentType()).isEqualTo("application/json");
		assertThat(message.attributes())
			.isEqualTo(Map.of("specversion", "1.0", "id", event.metadata().id().toString(), "source", "orders", "type",
					"ordered", "time", "2030-01-02T03:04:05.678901Z", "subject", "key", "traceparent", PARENT));
		assertThat(message.headers()).isEqualTo(Map.of("tenant", "blue", "traceparent", PARENT));
	}

	@Test
	void inStructuredModeTheBodyIsADocumentWithThePayloadAsItIsStored() {
		OutgoingEvent event = event("ke\"y", Map.of("tenant", "blue", "tracestate", "a=1"));

		WireMessage message = this.structured.message(event);

		String body = new String(message.body(), StandardCharsets.UTF_8);
		assertThat(body).contains("\"data\":" + PAYLOAD);
		assertThat(JsonMapper.shared().readTree(body)).isEqualTo(JsonMapper.shared()
			.readTree("{\"specversion\":\"1.0\",\"id\":\"" + event.metadata().id()
					+ "\",\"source\":\"orders\",\"type\":\"ordered\",\"time\":\"2030-01-02T03:04:05.678901Z\","
					+ "\"subject\":\"ke\\\"y\",\"tracestate\":\"a=1\",\"datacontenttype\":\"application/json\","
					+ "\"data\":" + PAYLOAD + "}"));
		assertThat(message.contentType()).isEqualTo("application/cloudevents+json; charset=UTF-8");
		assertThat(message.attributes()).isEmpty();
		assertThat(message.headers()).isEqualTo(Map.of("tenant", "blue", "tracestate", "a=1"));
	}

	@Test
	void withoutAKeyThereIsNoSubject() {
		assertThat(this.binary.message(event(null, Map.of())).attributes()).doesNotContainKey("subject");
		assertThat(this.binary.message(event("", Map.of())).attributes()).doesNotContainKey("subject");
	}

	@ParameterizedTest
	@EnumSource(PublishFormat.class)
	void headersThatWouldBeTakenForAttributesAreLeftOut(PublishFormat format) {
		OutgoingEvent event = event("", Map.of("ce_subject", "another", "ce_id", "another", "ce_own", "1", "id", "2"));

		WireMessage message = new CloudEventFormat("orders", format).message(event);

		assertThat(message.headersBeside("ce_")).isEqualTo(Map.of("ce_own", "1", "id", "2"));
		assertThat(message.headersBeside("cloudEvents:")).hasSize(4);
	}

	private static OutgoingEvent event(String key, Map<String, String> headers) {
		return EventPublisherContract.event("destination", key, PAYLOAD, headers);
	}

}
