package io.pyxbox.scenario;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pyxbox.DeadLetter;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventPublisher;
import io.pyxbox.InvalidEventException;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PayloadCodec;
import io.pyxbox.PublishOutcome;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.standalone.Pyxbox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Payloads that are stored in another form: nobody sees it but the table.
 */
@ExtendWith(OutputCaptureExtension.class)
class CodecsTests extends Scenario {

	private static final String GZIP = "pyxbox.codec.default=gzip";

	private static final String SECRETS = "pyxbox.codec.types.secret=aes-gcm";

	private static final String SECRET = "4111-1111";

	private static final String[] FEW_ATTEMPTS = { SECRETS, "pyxbox.codec.types.picky=aes-gcm",
			"pyxbox.retry.max-attempts=3", "logging.level.io.pyxbox=debug" };

	@Test
	void withoutACodecNothingIsEncoded() {
		TestApplication application = prepare(Listening.class);

		application.outbox().emit(new Text("x".repeat(10_000)));

		assertThat(codecs()).containsExactly("plain");
	}

	@ParameterizedTest
	@CsvSource({ "gzip, 1", "gzip, 2", "gzip, 1500", "zstd, 1500" })
	void largePayloadsAreCompressedAndArriveAsTheyWere(String codec, int count) {
		TestApplication application = prepare(Listening.class, "pyxbox.codec.default=" + codec);
		List<Text> events = IntStream.range(0, count)
			.mapToObj((i) -> new Text((i % 2 == 0) ? "ä€😀 number %d ".formatted(i).repeat(500) : "small " + i))
			.toList();

		application.inTransaction(() -> application.outbox().emitAll(events));

		assertThat(codecs()).containsExactlyElementsOf(
				IntStream.range(0, count).mapToObj((i) -> (i % 2 == 0) ? codec : "plain").toList());
		application.start();
		Received received = application.bean(Received.class);
		await().until(() -> received.events().size() == count);
		assertThat(received.events()).containsExactlyInAnyOrderElementsOf(events);
	}

	@Test
	void payloadsThatAreLargeWhenTheyAreEncodedArriveToo() {
		TestApplication application = prepare(Secretive.class, SECRETS);
		List<Secret> events = IntStream.range(0, 20)
			.mapToObj((i) -> new Secret("number %d ".formatted(i).repeat(80_000 / (1 + i))))
			.toList();
		application.inTransaction(() -> application.outbox().emitAll(events));

		application.start();

		Received received = application.bean(Received.class);
		await().until(() -> received.events().size() == 20);
		assertThat(received.events()).containsExactlyInAnyOrderElementsOf(events);
	}

	@Test
	void theSizeIsThatOfTheJson() {
		TestApplication application = prepare(Listening.class, GZIP, "pyxbox.outbox.max-payload-size=5000B");

		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> application.outbox().emit(new Text("x".repeat(5_000))))
			.withMessageContaining("pyxbox.outbox.max-payload-size");
		application.outbox().emit(new Text("x".repeat(4_900)));

		assertThat(codecs()).containsExactly("gzip");
	}

	@Test
	void propertiesCountBeforeTheClassAndTheClassBeforeTheDefault() {
		TestApplication application = prepare(Secretive.class, SECRETS, "pyxbox.codec.default=aes-gcm",
				"pyxbox.codec.gzip-threshold=0B", "pyxbox.codec.types[text]=plain");

		application.outbox().emit(new Secret("x".repeat(1_000)));
		application.outbox().emit(new Text("x".repeat(1_000)));
		application.outbox().emit(new Verbose("x".repeat(1_000)));
		application.outbox().emit(new Counted("x".repeat(1_000), 1));

		assertThat(codecs()).containsExactly("aes-gcm", "plain", "gzip", "aes-gcm");
	}

	@Test
	void whatIsStoredStaysReadableWhenTheCodecIsNoLongerConfigured() {
		TestApplication compressing = prepare(Listening.class, GZIP);
		Text event = new Text("x".repeat(10_000));
		compressing.outbox().emit(event);
		compressing.close();

		TestApplication plain = start(Listening.class);

		await().until(() -> this.tables.events() == 0);
		assertThat(plain.bean(Received.class).events()).containsExactly(event);
	}

	@Test
	void publishersGetJson() {
		TestApplication application = start(Publishing.class, SECRETS, GZIP, "pyxbox.codec.gzip-threshold=0B",
				"pyxbox.publish.routes[0].topic=*");

		application.outbox().emit(new Text("x".repeat(1_000)), EmitOptions.none().withTopic("a"));
		application.outbox().emit(new Secret(SECRET), EmitOptions.none().withTopic("a"));

		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		await().until(() -> publisher.received().size() == 2);
		assertThat(publisher.received()).extracting(OutgoingEvent::text)
			.containsExactlyInAnyOrder("{\"text\":\"" + "x".repeat(1_000) + "\"}", "{\"card\":\"" + SECRET + "\"}");
	}

	@Test
	void whoPullsGetsTheEvent() {
		TestApplication application = prepare(Secretive.class, SECRETS);
		application.inTransaction(() -> application.outbox().emitAll(List.of(new Secret("1"), new Secret("2"))));
		List<Object> pulled = new ArrayList<>();

		TransactionalInbox inbox = application.bean(TransactionalInbox.class);
		assertThat(inbox.take(10, (events) -> events.stream().map(EventEnvelope::event).forEach(pulled::add)))
			.isEqualTo(2);

		assertThat(pulled).containsExactlyInAnyOrder(new Secret("1"), new Secret("2"));
	}

	@Test
	void nothingOfASecretIsInTheTable() {
		TestApplication application = prepare(Secretive.class, SECRETS);

		application.outbox().emit(new Secret(SECRET));

		assertThat(this.tables.jdbc().sql("select events::text from events").query(String.class).single())
			.doesNotContain(SECRET)
			.doesNotContain("card");
		byte[] stored = this.tables.jdbc().sql("select encoded from events").query(byte[].class).single();
		assertThat(new String(stored, StandardCharsets.ISO_8859_1)).doesNotContain(SECRET);
	}

	@Test
	void afterARotationOldEventsAreStillRead() {
		TestApplication application = prepare(Secretive.class, SECRETS);
		application.outbox().emit(new Secret("before"));
		application.bean(TestKeys.class).rotate("k2", 2);
		application.outbox().emit(new Secret("after"));

		assertThat(this.tables.jdbc()
			.sql("select convert_from(substr(encoded, 3, get_byte(encoded, 1)), 'UTF8') from events order by id")
			.query(String.class)
			.list()).containsExactly("k1", "k2");
		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Received.class).events()).containsExactlyInAnyOrder(new Secret("before"),
				new Secret("after"));
	}

	@Test
	void theQueryOfTheDocumentsFindsAllThatAKeyIsNeededFor() throws IOException {
		TestApplication application = prepare(Secretive.class, SECRETS);
		application.outbox().emit(new Secret("waits"));
		application.outbox().emit(new Secret("is delayed"), EmitOptions.none().notBefore(Duration.ofDays(1)));
		this.tables.execute("""
				insert into events_dead_letter (consumer, bucket, original_id, event_id, type, payload, codec, encoded,
				  created_at, attempts, first_failed_at, error_class, stack_trace)
				select 'c', bucket, id, event_id, type, payload, codec, encoded, created_at, 1, created_at, 'E', 'at'
				from events
				""");
		application.bean(TestKeys.class).rotate("k2", 2);
		application.outbox().emit(new Secret("waits"));

		Matcher query = Pattern.compile("```sql\\n([^`]*key_id[^`]*);\\n```")
			.matcher(Files.readString(Path.of("../docs/events.md")));

		assertThat(query.find()).isTrue();
		assertThat(this.tables.jdbc()
			.sql(query.group(1))
			.query((row, index) -> row.getString("key_id") + ": " + row.getInt("count"))
			.list()).containsExactlyInAnyOrder("k1: 3", "k2: 1");
	}

	@ParameterizedTest
	@ValueSource(classes = { Secretive.class, Outside.class, Batches.class, SecretPublishing.class })
	void aMissingKeyIsTheFailureOfItsEventsOnly(Class<?> configuration, CapturedOutput output) {
		String[] routes = (configuration == SecretPublishing.class)
				? new String[] { "pyxbox.publish.routes[0].topic=secrets" } : new String[0];
		TestApplication application = prepare(configuration,
				with(with(FEW_ATTEMPTS, routes), "pyxbox.circuit-breaker.failure-threshold=1"));
		application.outbox().emit(new Secret(SECRET), EmitOptions.none().withTopic("secrets"));
		application.bean(TestKeys.class).rotate("k2", 2);
		application.bean(TestKeys.class).lose("k1");
		application.outbox().emit(new Secret("other"), EmitOptions.none().withTopic("secrets"));

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Received.class).events()).containsExactly(new Secret("other"));
		DeadLetter letter = application.bean(DeadLetters.class).list(DeadLetterFilter.all(), 0, 10).get(0);
		assertThat(letter.attempts()).isEqualTo(3);
		assertThat(letter.errorMessage()).contains("'aes-gcm'", "The KeySource has no key 'k1'");
		assertThat(letter.codec()).isEqualTo("aes-gcm");
		assertThat(letter.payload()).isEqualTo("null");
		assertThat(letter.toString()).doesNotContain(SECRET);
		assertThat(output).contains("The KeySource has no key 'k1'").doesNotContain(SECRET).doesNotContain("is paused");
	}

	@Test
	void aDeadLetterIsRedrivenOnceItsKeyIsThere() {
		TestApplication application = prepare(Secretive.class, FEW_ATTEMPTS);
		application.outbox().emit(new Secret(SECRET));
		application.bean(TestKeys.class).put("k1", 99);
		application.start();
		await().until(() -> this.tables.count("events_dead_letter") == 1 && this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((letter) -> assertThat(letter.errorMessage()).contains("cannot be decrypted", "'k1'"));

		application.bean(TestKeys.class).put("k1", 1);
		assertThat(application.bean(DeadLetters.class).redrive(DeadLetterFilter.all())).isOne();

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Received.class).events()).containsExactly(new Secret(SECRET));
		assertThat(this.tables.count("events_dead_letter")).isZero();
	}

	@Test
	void aKeyThatComesInTimeCostsNoDeadLetter() {
		TestApplication application = prepare(Secretive.class, SECRETS);
		TestKeys keys = application.bean(TestKeys.class);
		application.outbox().emit(new Secret(SECRET));
		keys.lose("k1");
		application.start();
		await().until(() -> this.tables.retries() == 1);

		keys.put("k1", 1);

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Received.class).events()).containsExactly(new Secret(SECRET));
		assertThat(this.tables.count("events_dead_letter")).isZero();
	}

	@Test
	void aSecretThatDoesNotFitItsClassIsNotCited(CapturedOutput output) {
		TestApplication application = start(Reshaped.class, FEW_ATTEMPTS);

		application.outbox().emit(new Picky(SECRET));

		await().until(() -> this.tables.count("events_dead_letter") == 1);
		DeadLetter letter = application.bean(DeadLetters.class).list(DeadLetterFilter.all(), 0, 10).get(0);
		assertThat(letter.errorMessage()).contains("cannot be read as", "tools.jackson", "withheld");
		assertThat(letter.toString()).doesNotContain(SECRET);
		assertThat(output).doesNotContain(SECRET);
	}

	@Test
	void aSwappedPayloadIsNotDelivered() {
		TestApplication application = prepare(Secretive.class, FEW_ATTEMPTS);
		application.inTransaction(() -> application.outbox().emitAll(List.of(new Secret("1"), new Secret("2"))));
		this.tables.execute(
				"update events e set encoded = o.encoded from events o where o.id <> e.id and e.id = (select min(id) from events)");

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Received.class).events()).containsExactly(new Secret("2"));
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((letter) -> assertThat(letter.errorMessage()).contains("belongs to another event"));
	}

	@Test
	void aCodecThatNobodyHereKnowsIsTheFailureOfItsEvent() {
		TestApplication application = prepare(Listening.class, "pyxbox.retry.max-attempts=3");
		application.outbox().emit(new Text("1"));
		application.outbox().emit(new Text("2"));
		this.tables.execute(
				"update events set codec = 'zip', encoded = '\\x00', payload = 'null' where payload->>'text' = '1'");

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Received.class).events()).containsExactly(new Text("2"));
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((letter) -> assertThat(letter.errorMessage()).contains("'zip'", "Known are gzip"));
	}

	@ParameterizedTest
	@ValueSource(classes = { Secretive.class, Outside.class, Batches.class, SecretPublishing.class })
	void aCodecThatCannotWorkHereIsTheFailureOfItsEventsOnly(Class<?> configuration) {
		String[] routes = (configuration == SecretPublishing.class)
				? new String[] { "pyxbox.publish.routes[0].topic=secrets" } : new String[0];
		TestApplication application = prepare(configuration,
				with(routes, "pyxbox.codec.types.secret=moody", "pyxbox.retry.max-attempts=2"));
		EmitOptions options = EmitOptions.none().withTopic("secrets");
		application.inTransaction(() -> {
			application.outbox().emit(new Secret(Moody.WITHOUT_LIBRARY), options);
			application.outbox().emit(new Secret(Moody.NOTHING), options);
			application.outbox().emit(new Secret("other"), options);
		});

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Received.class).events()).containsExactly(new Secret("other"));
		assertThat(this.tables.deadLetters()).hasSize(2)
			.allSatisfy((letter) -> assertThat(letter.errorMessage()).contains("'moody'"));
	}

	@Test
	void whoPullsPassesOverWhatACodecCannotDecode() {
		TestApplication application = prepare(Secretive.class, "pyxbox.codec.types.secret=moody");
		application.outbox().emit(new Secret(Moody.WITHOUT_LIBRARY));
		application.outbox().emit(new Secret(Moody.NOTHING));
		application.outbox().emit(new Secret("other"));
		List<Object> pulled = new ArrayList<>();

		application.bean(TransactionalInbox.class).next((event) -> pulled.add(event.event()));

		assertThat(pulled).containsExactly(new Secret("other"));
	}

	@Test
	void noMoreIsDecodedAtOnceThanFits() {
		TestApplication application = prepare(Whole.class, GZIP);
		String text = "x".repeat(900_000);
		application.inTransaction(() -> {
			for (int i = 0; i < 40; i++) {
				application.outbox().emit(new Text(text), EmitOptions.none().withPartitionKey("a"));
			}
		});
		TransactionalInbox inbox = application.bean(TransactionalInbox.class);

		int pulled = inbox.take(20, (events) -> {
		});
		application.start();

		assertThat(pulled).isBetween(1, 10);
		Received received = application.bean(Received.class);
		await().until(() -> received.events().stream().mapToInt((size) -> (int) size).sum() == 40);
		assertThat(received.events()).allSatisfy((size) -> assertThat((int) size).isLessThanOrEqualTo(10));
	}

	@Test
	void aCodecOfTheApplicationIsUsedByItsName() {
		TestApplication application = prepare(Own.class, "pyxbox.codec.types.text=reverse");

		application.outbox().emit(new Text("abc"));

		assertThat(
				this.tables.jdbc().sql("select convert_from(encoded, 'UTF8') from events").query(String.class).single())
			.isEqualTo("}\"cba\":\"txet\"{");
		application.start();
		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Received.class).events()).containsExactly(new Text("abc"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "pyxbox.codec.default=aes-gcm", "pyxbox.codec.types.text=aes-gcm" })
	void aCodecThatIsMissingFailsTheStart(String property) {
		assertThatException().isThrownBy(() -> start(Listening.class, property))
			.withMessageContaining("'aes-gcm'")
			.withMessageContaining("KeySource")
			.withMessageContaining(property.substring(0, property.indexOf('=')).replace(".text", ""));
	}

	@Test
	void aProgramWithoutSpringBootHasCodecs() {
		Pyxbox pyxbox = endAfterwards(Pyxbox.builder(this.database.dataSource())
			.eventTypes(Secret.class, Verbose.class, Wordy.class)
			.keySource(new TestKeys())
			.defaultCodec("aes-gcm")
			.build());
		Verbose text = new Verbose("x".repeat(10_000));
		Wordy words = new Wordy("x".repeat(10_000));

		pyxbox.outbox().emitAll(List.of(text, words, new Secret(SECRET)));

		assertThat(codecs()).containsExactlyInAnyOrder("gzip", "zstd", "aes-gcm");
		List<Object> pulled = new ArrayList<>();
		pyxbox.inbox().take(10, (events) -> events.stream().map(EventEnvelope::event).forEach(pulled::add));
		assertThat(pulled).containsExactlyInAnyOrder(text, words, new Secret(SECRET));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Pyxbox.builder(this.database.dataSource()).defaultCodec("zip").build())
			.withMessageContaining("'zip'");
	}

	private List<String> codecs() {
		return this.tables.jdbc()
			.sql("select coalesce(codec, 'plain') from events order by id")
			.query(String.class)
			.list();
	}

	private static String[] with(String[] some, String... more) {
		List<String> all = new ArrayList<>(List.of(some));
		all.addAll(List.of(more));
		return all.toArray(String[]::new);
	}

	@OutboxEvent(type = "text")
	record Text(String text) {
	}

	@OutboxEvent(type = "secret")
	record Secret(String card) {
	}

	@OutboxEvent(type = "verbose", codec = "gzip")
	record Verbose(String text) {
	}

	@OutboxEvent(type = "wordy", codec = "zstd")
	record Wordy(String text) {
	}

	/**
	 * Written as a text, and read as a number.
	 */
	@OutboxEvent(type = "picky")
	static final class Picky {

		private final String card;

		Picky(String card) {
			this.card = card;
		}

		@JsonCreator
		static Picky of(@JsonProperty("card") int card) {
			return new Picky(String.valueOf(card));
		}

		@JsonProperty("card")
		public String written() {
			return this.card;
		}

	}

	record Received(Queue<Object> events) {
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Received received() {
			return new Received(new ConcurrentLinkedQueue<>());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(App.class)
	static class Keys {

		@Bean
		TestKeys keys() {
			return new TestKeys();
		}

		@Bean
		PayloadCodec moody() {
			return new Moody();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(App.class)
	static class Listening {

		@Bean
		TextListener textListener(Received received) {
			return new TextListener(received);
		}

	}

	record TextListener(Received received) {

		@OutboxListener
		void on(Text event) {
			this.received.events().add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(App.class)
	static class WithoutKeys {

		@Bean
		SecretListener secretListener(Received received) {
			return new SecretListener(received);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ Keys.class, WithoutKeys.class })
	static class Secretive {

	}

	record SecretListener(Received received) {

		@OutboxListener
		void on(Secret event) {
			this.received.events().add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Keys.class)
	static class Outside {

		@Bean
		OutsideListener outsideListener(Received received) {
			return new OutsideListener(received);
		}

	}

	record OutsideListener(Received received) {

		@OutboxListener(transactional = false)
		void on(Secret event) {
			this.received.events().add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Keys.class)
	static class Batches {

		@Bean
		BatchListener batchListener(Received received) {
			return new BatchListener(received);
		}

	}

	record BatchListener(Received received) {

		@OutboxListener
		void on(List<Secret> events) {
			this.received.events().addAll(events);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(App.class)
	static class Whole {

		@Bean
		SizesListener sizesListener(Received received) {
			return new SizesListener(received);
		}

	}

	record SizesListener(Received received) {

		@OutboxListener
		void on(List<Text> events) {
			this.received.events().add(events.size());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Keys.class)
	static class SecretPublishing {

		@Bean
		EventPublisher broker(Received received) {
			return (events) -> events.stream().map((event) -> {
				received.events().add(JsonMapper.shared().readValue(event.payload(), Secret.class));
				return PublishOutcome.acked();
			}).toList();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Keys.class)
	static class Publishing {

		@Bean
		RecordingPublisher broker() {
			return new RecordingPublisher();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Keys.class)
	static class Reshaped {

		@Bean
		NumberListener numberListener() {
			return new NumberListener();
		}

	}

	record NumberListener() {

		@OutboxListener
		void on(Picky event) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Listening.class)
	static class Own {

		@Bean
		PayloadCodec reversing() {
			return new Reversing();
		}

	}

	/**
	 * Cannot decode everything.
	 */
	static final class Moody implements PayloadCodec {

		static final String WITHOUT_LIBRARY = "without its library";

		static final String NOTHING = "nothing";

		@Override
		public String name() {
			return "moody";
		}

		@Override
		public byte[] encode(byte[] json, Context context) {
			return json;
		}

		@Override
		@SuppressWarnings("NullAway")
		public byte[] decode(byte[] encoded, Context context) {
			String json = new String(encoded, StandardCharsets.UTF_8);
			if (json.contains(WITHOUT_LIBRARY)) {
				throw new NoClassDefFoundError("com/example/Native");
			}
			return json.contains(NOTHING) ? null : encoded;
		}

	}

	static final class Reversing implements PayloadCodec {

		@Override
		public String name() {
			return "reverse";
		}

		@Override
		public byte[] encode(byte[] json, Context context) {
			return reverse(json);
		}

		@Override
		public byte[] decode(byte[] encoded, Context context) {
			return reverse(encoded);
		}

		private static byte[] reverse(byte[] bytes) {
			byte[] reversed = new byte[bytes.length];
			for (int i = 0; i < bytes.length; i++) {
				reversed[i] = bytes[bytes.length - 1 - i];
			}
			return reversed;
		}

	}

}
