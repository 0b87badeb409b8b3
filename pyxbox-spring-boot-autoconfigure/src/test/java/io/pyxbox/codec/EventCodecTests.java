package io.pyxbox.codec;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import io.pyxbox.InvalidEventException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class EventCodecTests {

	private final EventType noteType = new EventTypes((text) -> text).register(Note.class);

	private final EventCodec codec = new EventCodec(new JsonMapper(), 30);

	@Test
	void readsWhatItHasWritten() {
		String json = this.codec.encode(new Note("Grüße"));

		assertThat(json).isEqualTo("{\"noteText\":\"Grüße\"}");
		assertThat(this.codec.decode(json.getBytes(StandardCharsets.UTF_8), this.noteType))
			.isEqualTo(new Note("Grüße"));
	}

	@Test
	void usesTheMapperOfTheApplication() {
		EventCodec snakes = new EventCodec(
				JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build(), 100);

		assertThat(snakes.encode(new Note("x"))).isEqualTo("{\"note_text\":\"x\"}");
	}

	@Test
	void measuresAnEventInBytes() {
		assertThat(this.codec.encode(new Note("ä".repeat(7)))).hasSize(22);

		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> this.codec.encode(new Note("ä".repeat(8))))
			.withMessageContaining("31 bytes")
			.withMessageContaining("'pyxbox.outbox.max-payload-size'");
	}

	@Test
	void refusesWhatPostgresCannotStore() {
		assertThatExceptionOfType(InvalidEventException.class).isThrownBy(() -> this.codec.encode(new Note("a\0b")))
			.withMessageContaining("NUL");
		assertThatExceptionOfType(InvalidEventException.class).isThrownBy(() -> this.codec.encode(new Note("a\uD83D")))
			.withMessageContaining("surrogate");
	}

	@Test
	void refusesWhatCannotBeWritten() {
		assertThatExceptionOfType(InvalidEventException.class).isThrownBy(() -> this.codec.encode(new Unwritable()))
			.withMessageContaining(Unwritable.class.getName());
	}

	@Test
	void doesNotTakeNullForAnEvent() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.codec.decode("null".getBytes(StandardCharsets.UTF_8), this.noteType));
	}

	@Test
	void readsTheHeadersThatItHasWritten() {
		Map<String, String> headers = Map.of("trace", "ä\"1", "tenant", "");

		assertThat(this.codec.decodeHeaders(this.codec.encodeHeaders(headers, "event"))).isEqualTo(headers);
		assertThat(this.codec.encodeHeaders(Map.of(), "event")).isNull();
		assertThat(this.codec.decodeHeaders(null)).isEmpty();
	}

	@Test
	void refusesHeadersThatPostgresCannotStoreAndNamesThem() {
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> this.codec.encodeHeaders(Map.of("trace", "a\0b"), "event"))
			.withMessageContaining("'trace'");
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> this.codec.encodeHeaders(Map.of("a\0b", "x"), "event"))
			.withMessageContaining("header name");
	}

	record Note(String noteText) {
	}

	static final class Unwritable {

		public String getText() {
			throw new IllegalStateException("broken");
		}

	}

}
