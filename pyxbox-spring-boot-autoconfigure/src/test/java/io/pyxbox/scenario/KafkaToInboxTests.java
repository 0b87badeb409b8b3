package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.pyxbox.EventPublisher;
import io.pyxbox.IdempotentReceiver;
import io.pyxbox.PublishOutcome;
import io.pyxbox.testdatabase.TestDatabase;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.listener.BatchInterceptor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * From the transaction of one application to that of another, with a database each and
 * Kafka between them, while both are killed at the worst of moments.
 */
@Timeout(value = 480, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KafkaToInboxTests extends KafkaScenario {

	private static final int KEYS = 100;

	private static final int PER_KEY = 500;

	private final TestDatabase receiving = endAfterwards(TestDatabase.create());

	private final JdbcClient receiver = JdbcClient.create(this.receiving.dataSource());

	@BeforeEach
	void createTables() {
		for (String table : List.of("effect", "naive")) {
			this.receiver
				.sql("create table " + table + " (position bigint generated always as identity, key text, number int)")
				.update();
		}
	}

	@Test
	void fiftyThousandEventsTakeEffectOnceEachInTheOrderOfTheirKeys() throws Exception {
		TestApplication producer = prepare(Relay.class, kafka());
		for (int key = 0; key < KEYS; key++) {
			emit(producer, "key-" + key, 1, PER_KEY);
		}

		// Acknowledged by Kafka, and still in the outbox.
		diesBySelf(startChild(DyingAfterTheAck.class, kafka()));
		diesBySelf(startChild(DyingAfterTheAck.class, kafka()));
		producer.start();
		// Committed in its database, and not yet in Kafka.
		diesBySelf(startReceivingChild(DyingBeforeTheOffsets.class));
		diesBySelf(startReceivingChild(DyingBeforeTheOffsets.class));
		TestApplication first = startReceiver();
		await().atMost(Duration.ofSeconds(120)).until(() -> count("effect") > 10_000);
		startReceiver();
		await().atMost(Duration.ofSeconds(120)).until(() -> count("effect") > 20_000);
		first.close();
		startReceiver();

		await().atMost(Duration.ofSeconds(240)).until(() -> count("effect") >= KEYS * PER_KEY);
		await().atMost(Duration.ofSeconds(60)).until(() -> this.tables.events() == 0);
		int sent = broker().read(this.topic).size();
		await().atMost(Duration.ofSeconds(60)).until(() -> count("naive") >= sent);
		assertThat(sent).as("sent more than once").isGreaterThan(KEYS * PER_KEY);
		assertThat(count("naive")).as("what happens without an inbox").isGreaterThan(sent);
		assertThat(OrderPerKey.violations(effects("effect"), KEYS, PER_KEY)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	private static void diesBySelf(ChildJvm child) {
		await().atMost(Duration.ofSeconds(120)).until(child::hasDied);
	}

	private TestApplication startReceiver() {
		return endAfterwards(TestApplication.start(this.receiving, Receiving.class, receiverSettings()));
	}

	private ChildJvm startReceivingChild(Class<?> configuration) throws Exception {
		return endAfterwards(
				ChildJvm.start(configuration, TestApplication.arguments(this.receiving, receiverSettings())));
	}

	private String[] receiverSettings() {
		return Stream
			.of(TestApplication.WITH_KAFKA, "spring.kafka.bootstrap-servers=" + broker().servers(),
					"topic=" + this.topic, "spring.kafka.consumer.auto-offset-reset=earliest",
					"spring.kafka.consumer.max-poll-records=100", "spring.kafka.listener.type=batch",
					"spring.kafka.listener.concurrency=2",
					"spring.kafka.consumer.value-deserializer="
							+ "org.apache.kafka.common.serialization.ByteArrayDeserializer",
					// So that nobody waits long for those who have died.
					"spring.kafka.consumer.properties[session.timeout.ms]=6000", "logging.level.org.apache.kafka=off",
					"logging.level.org.springframework.kafka=off")
			.toArray(String[]::new);
	}

	private int count(String table) {
		return this.receiver.sql("select count(*) from " + table).query(Integer.class).single();
	}

	private List<Counted> effects(String table) {
		return this.receiver.sql("select key, number from " + table + " order by position").query(Counted.class).list();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(Relay.class)
	static class Receiving {

		@Bean
		Receiver receiver(JdbcTemplate jdbc) {
			return new Receiver(jdbc);
		}

	}

	static class Receiver {

		private final JdbcTemplate jdbc;

		Receiver(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@KafkaListener(topics = "${topic}", groupId = "receiving")
		@IdempotentReceiver(consumer = "receiving")
		public void on(List<ConsumerRecord<String, byte[]>> records) {
			write("effect", records);
		}

		@KafkaListener(topics = "${topic}", groupId = "naive")
		public void naively(List<ConsumerRecord<String, byte[]>> records) {
			write("naive", records);
		}

		private void write(String table, List<ConsumerRecord<String, byte[]>> records) {
			List<Object[]> rows = new ArrayList<>();
			for (ConsumerRecord<String, byte[]> record : records) {
				Counted event = JsonMapper.shared().readValue(record.value(), Counted.class);
				rows.add(new Object[] { event.key(), event.number() });
			}
			this.jdbc.batchUpdate("insert into " + table + " (key, number) values (?, ?)", rows);
		}

	}

	/**
	 * Dies when Kafka has acknowledged the third batch.
	 */
	@Configuration(proxyBeanMethods = false)
	@Import(Relay.class)
	static class DyingAfterTheAck {

		@Bean
		static BeanPostProcessor dyingPublisher() {
			AtomicInteger calls = new AtomicInteger();
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return (bean instanceof EventPublisher publisher) ? dying(publisher) : bean;
				}

				private EventPublisher dying(EventPublisher publisher) {
					return (events) -> {
						List<PublishOutcome> outcomes = publisher.publish(events);
						if (calls.incrementAndGet() == 3) {
							Runtime.getRuntime().halt(1);
						}
						return outcomes;
					};
				}

			};
		}

	}

	/**
	 * Dies after its fifth batch, when that is committed in the database and Kafka has
	 * not been told.
	 */
	@Configuration(proxyBeanMethods = false)
	@Import(Receiving.class)
	static class DyingBeforeTheOffsets {

		@Bean
		BatchInterceptor<Object, Object> dyingInterceptor() {
			AtomicInteger batches = new AtomicInteger();
			return new BatchInterceptor<>() {

				@Override
				public ConsumerRecords<Object, Object> intercept(ConsumerRecords<Object, Object> records,
						Consumer<Object, Object> consumer) {
					return records;
				}

				@Override
				public void success(ConsumerRecords<Object, Object> records, Consumer<Object, Object> consumer) {
					if (batches.incrementAndGet() == 5) {
						Runtime.getRuntime().halt(1);
					}
				}

			};
		}

	}

}
