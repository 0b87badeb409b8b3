package io.pyxbox.codec;

import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.EventId;
import io.pyxbox.EventUpcaster;
import io.pyxbox.InvalidEventException;
import io.pyxbox.OutboxEvent;
import io.pyxbox.PayloadCodec;
import io.pyxbox.PayloadCodecException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PayloadCodecsTests {

	private static final EventId ID = new EventId(new UUID(7, 1));

	private final EventTypes types = new EventTypes((text) -> text);

	@Test
	void plainStoresAndReadsThingsAsTheyAre() {
		byte[] payload = { '{', '}' };

		assertThat(PayloadCodecs.plain().encode("{}", ID, "t", null)).isNull();
		assertThat(PayloadCodecs.plain().decode(payload, null, ID, "t")).isSameAs(payload);
		assertThat(PayloadCodecs.plain().isConfidential(null)).isFalse();
	}

	@Test
	void everyCodecThatAClassNamesHasToBeThere() {
		this.types.register(Secret.class);

		assertThatIllegalArgumentException().isThrownBy(() -> codecs().validate(this.types))
			.withMessageContaining(Secret.class.getName())
			.withMessageContaining("'aes-gcm'")
			.withMessageContaining("KeySource");
		assertThatCode(() -> new PayloadCodecs(List::of, "plain", Map.of("secret", "plain")).validate(this.types))
			.doesNotThrowAnyException();
	}

	@Test
	void aTypeThatIsRenamedDoesNotLoseItsCodec() {
		EventTypes types = new EventTypes((text) -> text,
				Map.of("up", EventUpcaster.renaming("first", 1, "today", (event) -> {
				})));
		types.register(Renamed.class);

		for (String formerName : List.of("alias", "first")) {
			assertThatIllegalArgumentException()
				.isThrownBy(
						() -> new PayloadCodecs(() -> List.of(new Failing()), "plain", Map.of(formerName, "failing"))
							.validate(types))
				.withMessageContaining("'" + formerName + "'")
				.withMessageContaining("'today'")
				.withMessageContaining(Renamed.class.getName());
			assertThatCode(() -> new PayloadCodecs(() -> List.of(new Failing()), "plain",
					Map.of(formerName, "failing", "today", "failing"))
				.validate(types)).doesNotThrowAnyException();
		}
	}

	@Test
	void aCodecThatIsMissingRefusesTheEvent() {
		EventType secret = this.types.register(Secret.class);

		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> codecs().encode("{}", ID, "secret", secret))
			.withMessageContaining("'aes-gcm'")
			.withMessageContaining("'secret'");
	}

	@Test
	void aCodecThatFailsRefusesTheEvent() {
		assertThatExceptionOfType(InvalidEventException.class).isThrownBy(
				() -> new PayloadCodecs(() -> List.of(new Failing()), "failing", Map.of()).encode("{}", ID, "t", null))
			.withMessageContaining("'failing'")
			.withMessageContaining("a mishap");
	}

	@Test
	void whatACodecThrowsSaysWhichOneItWas() {
		assertThatExceptionOfType(PayloadCodecException.class)
			.isThrownBy(() -> new PayloadCodecs(() -> List.of(new Failing()), "plain", Map.of()).decode(new byte[0],
					"failing", ID, "t"))
			.withMessageContaining("'failing'")
			.withMessageContaining("a mishap")
			.withCauseInstanceOf(IllegalStateException.class);
	}

	@Test
	void theLastOfANameCounts() {
		PayloadCodecs codecs = new PayloadCodecs(
				() -> List.of(new GzipPayloadCodec(Long.MAX_VALUE), new GzipPayloadCodec(0)), "gzip", Map.of());

		assertThat(codecs.encode('"' + "x".repeat(1_000) + '"', ID, "t", null)).isNotNull();
	}

	private static PayloadCodecs codecs() {
		return new PayloadCodecs(() -> List.of(new GzipPayloadCodec(0)), "plain", Map.of());
	}

	@OutboxEvent(type = "secret", codec = "aes-gcm")
	record Secret(String text) {
	}

	@OutboxEvent(type = "today", version = 2, aliases = "alias")
	record Renamed(String text) {
	}

	static final class Failing implements PayloadCodec {

		@Override
		public String name() {
			return "failing";
		}

		@Override
		public byte[] encode(byte[] json, Context context) {
			throw new IllegalStateException("a mishap");
		}

		@Override
		public byte[] decode(byte[] encoded, Context context) {
			throw new IllegalStateException("a mishap");
		}

	}

}
