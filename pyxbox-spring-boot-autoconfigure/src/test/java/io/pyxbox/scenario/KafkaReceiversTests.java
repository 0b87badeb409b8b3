package io.pyxbox.scenario;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventMetadata;
import io.pyxbox.IdempotentReceiver;
import io.pyxbox.IdempotentReceivers;
import io.pyxbox.InboxMessage;
import io.pyxbox.MessageId;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalInbox;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.kafka.autoconfigure.ConcurrentKafkaListenerContainerFactoryConfigurer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.listener.BatchListenerFailedException;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.handler.annotation.Header;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners of Kafka that receive each message once, in all the forms that they have.
 */
class KafkaReceiversTests extends KafkaScenario {

	private static final int MESSAGES = 30;

	@BeforeEach
	void createTable() {
		this.tables
			.execute("create table effect (position bigint generated always as identity, receiver text, what text)");
	}

	@Test
	void eachMessageTakesEffectOnceWhateverTheListenerTakes() {
		start(Forms.class, consuming());

		List<String> ids = sendTwice();

		List<String> receivers = List.of("record", "message", "by-key", "records", "batch", "parallel", "advised",
				"advised-batch", "by-hand");
		await().atMost(Duration.ofSeconds(90))
			.untilAsserted(
					() -> assertThat(this.tables.count("effect")).isGreaterThanOrEqualTo(receivers.size() * MESSAGES));
		await().during(Duration.ofSeconds(1)).until(() -> true);
		for (String receiver : receivers) {
			assertThat(effects(receiver)).as(receiver).containsExactlyInAnyOrderElementsOf(ids);
		}
	}

	@Test
	void whatFailsIsReceivedAgain() {
		start(Failing.class, consuming());

		List<String> ids = sendTwice();

		await().atMost(Duration.ofSeconds(60)).until(() -> effects("failing").size() == MESSAGES);
		assertThat(effects("failing")).containsExactlyInAnyOrderElementsOf(ids);
	}

	@Test
	void whatIsAcknowledgedByHandIsSoAfterTheCommit() {
		TestApplication application = start(ByHand.class, consuming());

		sendTwice();

		await().atMost(Duration.ofSeconds(60)).until(() -> committed("at-once") == 2 * MESSAGES);
		assertThat(effects("at-once")).hasSize(MESSAGES);
		assertThat(application.bean(HandReceivers.class).committedTooSoon()).isEmpty();
	}

	@Test
	void whatIsRefusedIsRolledBackAndReceivedAgain() {
		start(ByHand.class, consuming());

		List<String> ids = sendTwice();

		for (String receiver : List.of("refusing", "advised-refusing")) {
			await().atMost(Duration.ofSeconds(60)).until(() -> effects(receiver).size() >= MESSAGES);
			await().atMost(Duration.ofSeconds(60)).until(() -> committed(receiver) == 2 * MESSAGES);
			assertThat(effects(receiver)).as(receiver).containsExactlyInAnyOrderElementsOf(ids);
		}
	}

	@Test
	void ofABatchThatFailsForOneMessageNoneIsLost() {
		List<String> ids = sendTwice();

		start(FailingForOne.class, consuming());

		for (String receiver : List.of("failing-for-one", "advised-failing-for-one")) {
			await().atMost(Duration.ofSeconds(60)).until(() -> committed(receiver) == 2 * MESSAGES);
			assertThat(effects(receiver)).as(receiver).containsExactlyInAnyOrderElementsOf(ids);
		}
	}

	@Test
	void byOffsetAGroupThatGoesBackReceivesNothingAgain() throws Exception {
		TestApplication first = start(ByOffset.class, consuming());
		sendTwice();
		await().atMost(Duration.ofSeconds(60)).until(() -> this.tables.count("effect") == 4 * MESSAGES);
		first.close();
		goBack("offset");
		goBack("offset-batch");

		start(ByOffset.class, consuming());
		send("last", "last");

		await().atMost(Duration.ofSeconds(60)).until(() -> effects("offset-batch").contains("last"));
		await().atMost(Duration.ofSeconds(60)).until(() -> effects("offset").contains("last"));
		assertThat(this.tables.count("effect")).isEqualTo(4 * MESSAGES + 2);
		assertThat(this.tables.count("events_inbox_offset")).isLessThanOrEqualTo(6);
		assertThat(this.tables.count("events_inbox")).isZero();
	}

	@Test
	void whatIsStoredIsHandledByAListenerLater() {
		start(Storing.class, consuming("pyxbox.retry.max-attempts=5"));

		for (int number = 1; number <= MESSAGES; number++) {
			String body = "{\"key\": \"a\", \"number\": %d}".formatted(number);
			String id = UUID.randomUUID().toString();
			send(id, "a", body);
			send(id, "a", body);
		}

		await().atMost(Duration.ofSeconds(60)).until(() -> effects("stored").size() == MESSAGES);
		assertThat(effects("stored")).isEqualTo(range(1, MESSAGES).stream().map(String::valueOf).toList());
		assertThat(this.tables.events()).isZero();
	}

	private String[] consuming(String... properties) {
		return Stream.concat(
				Stream.of(TestApplication.WITH_KAFKA, "spring.kafka.bootstrap-servers=" + broker().servers(),
						"topic=" + this.topic, "spring.kafka.consumer.auto-offset-reset=earliest",
						"spring.kafka.consumer.value-deserializer="
								+ "org.apache.kafka.common.serialization.ByteArrayDeserializer",
						"logging.level.org.apache.kafka=off", "logging.level.org.springframework.kafka=off"),
				Stream.of(properties))
			.toArray(String[]::new);
	}

	private List<String> sendTwice() {
		List<String> ids = new ArrayList<>();
		for (int i = 0; i < MESSAGES; i++) {
			ids.add((i % 2 == 0) ? UUID.randomUUID().toString() : "message-" + i);
		}
		ids.forEach((id) -> send(id, id));
		ids.forEach((id) -> send(id, id));
		return ids;
	}

	private void send(String id, String key) {
		send(id, key, id);
	}

	private void send(String id, String key, String body) {
		try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
				Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker().servers()), new StringSerializer(),
				new ByteArraySerializer())) {
			ProducerRecord<String, byte[]> record = new ProducerRecord<>(this.topic, key,
					body.getBytes(StandardCharsets.UTF_8));
			record.headers().add("ce_id", id.getBytes(StandardCharsets.UTF_8));
			producer.send(record).get();
		}
		catch (InterruptedException | ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void goBack(String group) throws Exception {
		try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker().servers()))) {
			Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(group)
				.partitionsToOffsetAndMetadata()
				.get();
			offsets.replaceAll((partition, offset) -> new OffsetAndMetadata(0));
			admin.alterConsumerGroupOffsets(group, offsets).all().get();
		}
	}

	/** Up to where a group has said that it has handled everything. */
	private long committed(String group) {
		return committed(broker().servers(), group, this.topic);
	}

	private static long committed(String servers, String group, String topic) {
		try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers))) {
			return admin.listConsumerGroupOffsets(group)
				.partitionsToOffsetAndMetadata()
				.get()
				.entrySet()
				.stream()
				.filter((partition) -> partition.getKey().topic().equals(topic))
				.mapToLong((partition) -> partition.getValue().offset())
				.sum();
		}
		catch (InterruptedException | ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private List<String> effects(String receiver) {
		return this.tables.jdbc()
			.sql("select what from effect where receiver = ? order by position")
			.param(receiver)
			.query(String.class)
			.list();
	}

	/**
	 * Writes down what was received.
	 */
	record Effects(JdbcClient jdbc) {

		void take(String receiver, byte @Nullable [] body) {
			this.jdbc.sql("insert into effect (receiver, what) values (?, ?)")
				.params(receiver, (body != null) ? new String(body, StandardCharsets.UTF_8) : null)
				.update();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Relay.class)
	static class Common {

		@Bean
		Effects effects(JdbcClient jdbc) {
			return new Effects(jdbc);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Common.class)
	static class Forms {

		@Bean
		Receivers receivers(Effects effects) {
			return new Receivers(effects);
		}

		@Bean
		Advised advised(Effects effects) {
			return new Advised(effects);
		}

		@Bean
		ConcurrentKafkaListenerContainerFactory<Object, Object> advisedFactory(
				ConcurrentKafkaListenerContainerFactoryConfigurer configurer,
				ConsumerFactory<Object, Object> consumerFactory, IdempotentReceivers receivers) {
			ConcurrentKafkaListenerContainerFactory<Object, Object> factory = new ConcurrentKafkaListenerContainerFactory<>();
			configurer.configure(factory, consumerFactory);
			factory.setContainerCustomizer((container) -> container.getContainerProperties()
				.setAdviceChain(receivers.of(new ConsumerId(String.valueOf(container.getGroupId())))));
			return factory;
		}

		@Bean
		ConcurrentKafkaListenerContainerFactory<Object, Object> manualFactory(
				ConcurrentKafkaListenerContainerFactoryConfigurer configurer,
				ConsumerFactory<Object, Object> consumerFactory) {
			ConcurrentKafkaListenerContainerFactory<Object, Object> factory = new ConcurrentKafkaListenerContainerFactory<>();
			configurer.configure(factory, consumerFactory);
			factory.getContainerProperties().setAckMode(ContainerProperties.AckMode.MANUAL);
			return factory;
		}

	}

	static class Receivers {

		private final Effects effects;

		Receivers(Effects effects) {
			this.effects = effects;
		}

		@KafkaListener(topics = "${topic}", groupId = "record")
		@IdempotentReceiver
		void record(ConsumerRecord<String, byte[]> record) {
			this.effects.take("record", record.value());
		}

		@KafkaListener(topics = "${topic}", groupId = "message")
		@IdempotentReceiver(consumer = "${topic}-message")
		void message(Message<byte[]> message) {
			this.effects.take("message", message.getPayload());
		}

		@KafkaListener(topics = "${topic}", groupId = "by-key")
		@IdempotentReceiver(consumer = "by-key", messageId = "#key")
		void byKey(byte[] payload, @Header(KafkaHeaders.RECEIVED_KEY) String key) {
			this.effects.take("by-key", payload);
		}

		@KafkaListener(topics = "${topic}", groupId = "records", batch = "true")
		@IdempotentReceiver(consumer = "records")
		void records(List<ConsumerRecord<String, byte[]>> records) {
			records.forEach((record) -> this.effects.take("records", record.value()));
		}

		@KafkaListener(topics = "${topic}", groupId = "batch", batch = "true")
		@IdempotentReceiver(consumer = "batch")
		void batch(ConsumerRecords<String, byte[]> records) {
			records.forEach((record) -> this.effects.take("batch", record.value()));
		}

		@KafkaListener(topics = "${topic}", groupId = "parallel", batch = "true")
		@IdempotentReceiver(consumer = "parallel", messageId = "#keys")
		void parallel(List<byte[]> payloads, @Header(KafkaHeaders.RECEIVED_KEY) List<String> keys) {
			assertThat(keys).hasSameSizeAs(payloads);
			payloads.forEach((payload) -> this.effects.take("parallel", payload));
		}

		@KafkaListener(topics = "${topic}", groupId = "by-hand", containerFactory = "manualFactory")
		@IdempotentReceiver(consumer = "by-hand")
		void byHand(ConsumerRecord<String, byte[]> record, Acknowledgment acknowledgment) {
			this.effects.take("by-hand", record.value());
			acknowledgment.acknowledge();
		}

	}

	static class Advised {

		private final Effects effects;

		Advised(Effects effects) {
			this.effects = effects;
		}

		@KafkaListener(topics = "${topic}", groupId = "advised", containerFactory = "advisedFactory")
		void one(byte[] payload) {
			this.effects.take("advised", payload);
		}

		@KafkaListener(topics = "${topic}", groupId = "advised-batch", containerFactory = "advisedFactory",
				batch = "true")
		void batch(List<byte[]> payloads) {
			payloads.forEach((payload) -> this.effects.take("advised-batch", payload));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Common.class)
	static class Failing {

		@Bean
		FailingReceiver failingReceiver(Effects effects) {
			return new FailingReceiver(effects);
		}

	}

	static class FailingReceiver {

		private final Effects effects;

		private int calls;

		FailingReceiver(Effects effects) {
			this.effects = effects;
		}

		@KafkaListener(topics = "${topic}", groupId = "failing")
		@IdempotentReceiver
		public void on(ConsumerRecord<String, byte[]> record) {
			this.effects.take("failing", record.value());
			if (this.calls++ % 10 == 3) {
				throw new Mishap();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Common.class)
	static class ByHand {

		@Bean
		HandReceivers handReceivers(Effects effects, @Value("${spring.kafka.bootstrap-servers}") String servers) {
			return new HandReceivers(effects, servers);
		}

		@Bean
		ConcurrentKafkaListenerContainerFactory<Object, Object> atOnceFactory(
				ConcurrentKafkaListenerContainerFactoryConfigurer configurer,
				ConsumerFactory<Object, Object> consumerFactory) {
			ConcurrentKafkaListenerContainerFactory<Object, Object> factory = new ConcurrentKafkaListenerContainerFactory<>();
			configurer.configure(factory, consumerFactory);
			factory.getContainerProperties().setAckMode(ContainerProperties.AckMode.MANUAL_IMMEDIATE);
			return factory;
		}

		@Bean
		ConcurrentKafkaListenerContainerFactory<Object, Object> advisedAtOnceFactory(
				ConcurrentKafkaListenerContainerFactoryConfigurer configurer,
				ConsumerFactory<Object, Object> consumerFactory, IdempotentReceivers receivers) {
			ConcurrentKafkaListenerContainerFactory<Object, Object> factory = atOnceFactory(configurer,
					consumerFactory);
			factory.setContainerCustomizer((container) -> container.getContainerProperties()
				.setAdviceChain(receivers.of(new ConsumerId(String.valueOf(container.getGroupId())))));
			return factory;
		}

	}

	static class HandReceivers {

		private final Effects effects;

		private final String servers;

		private final Set<String> refused = ConcurrentHashMap.newKeySet();

		private final List<Long> committedTooSoon = new CopyOnWriteArrayList<>();

		private final AtomicLong handled = new AtomicLong();

		HandReceivers(Effects effects, String servers) {
			this.effects = effects;
			this.servers = servers;
		}

		List<Long> committedTooSoon() {
			return this.committedTooSoon;
		}

		@KafkaListener(topics = "${topic}", groupId = "at-once", containerFactory = "atOnceFactory")
		@IdempotentReceiver(consumer = "at-once")
		public void atOnce(ConsumerRecord<String, byte[]> record, Acknowledgment acknowledgment) {
			this.effects.take("at-once", record.value());
			long before = committed(this.servers, "at-once", record.topic());
			acknowledgment.acknowledge();
			if (this.handled.incrementAndGet() <= 3 && committed(this.servers, "at-once", record.topic()) > before) {
				this.committedTooSoon.add(record.offset());
			}
		}

		@KafkaListener(topics = "${topic}", groupId = "refusing", containerFactory = "atOnceFactory")
		@IdempotentReceiver(consumer = "refusing")
		public void refusing(ConsumerRecord<String, byte[]> record, Acknowledgment acknowledgment) {
			refuseOnce("refusing", record.value(), acknowledgment);
		}

		@KafkaListener(topics = "${topic}", groupId = "advised-refusing", containerFactory = "advisedAtOnceFactory")
		public void advised(byte[] payload, Acknowledgment acknowledgment) {
			refuseOnce("advised-refusing", payload, acknowledgment);
		}

		private void refuseOnce(String receiver, byte[] body, Acknowledgment acknowledgment) {
			if (this.refused.size() < 10 && this.refused.add(receiver + new String(body, StandardCharsets.UTF_8))) {
				this.effects.take(receiver, "in vain".getBytes(StandardCharsets.UTF_8));
				acknowledgment.nack(Duration.ofMillis(10));
				return;
			}
			this.effects.take(receiver, body);
			acknowledgment.acknowledge();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Common.class)
	static class FailingForOne {

		@Bean
		FailingForOneReceivers failingForOneReceivers(Effects effects) {
			return new FailingForOneReceivers(effects);
		}

		@Bean
		ConcurrentKafkaListenerContainerFactory<Object, Object> advisedFactory(
				ConcurrentKafkaListenerContainerFactoryConfigurer configurer,
				ConsumerFactory<Object, Object> consumerFactory, IdempotentReceivers receivers) {
			return new Forms().advisedFactory(configurer, consumerFactory, receivers);
		}

	}

	static class FailingForOneReceivers {

		private final Effects effects;

		private final Set<String> failed = ConcurrentHashMap.newKeySet();

		FailingForOneReceivers(Effects effects) {
			this.effects = effects;
		}

		@KafkaListener(topics = "${topic}", groupId = "failing-for-one", batch = "true")
		@IdempotentReceiver(consumer = "failing-for-one")
		public void batch(List<ConsumerRecord<String, byte[]>> records) {
			failOnce("failing-for-one", records.stream().map(ConsumerRecord::value).toList());
		}

		@KafkaListener(topics = "${topic}", groupId = "advised-failing-for-one", containerFactory = "advisedFactory",
				batch = "true")
		public void advised(List<byte[]> payloads) {
			failOnce("advised-failing-for-one", payloads);
		}

		private void failOnce(String receiver, List<byte[]> payloads) {
			payloads.forEach((payload) -> this.effects.take(receiver, payload));
			if (payloads.size() > 1 && this.failed.add(receiver)) {
				throw new BatchListenerFailedException("a mishap", payloads.size() - 1);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Common.class)
	static class ByOffset {

		@Bean
		OffsetReceivers offsetReceivers(Effects effects) {
			return new OffsetReceivers(effects);
		}

	}

	static class OffsetReceivers {

		private final Effects effects;

		OffsetReceivers(Effects effects) {
			this.effects = effects;
		}

		@KafkaListener(topics = "${topic}", groupId = "offset")
		@IdempotentReceiver(consumer = "offset", byOffset = true)
		public void one(Message<byte[]> message) {
			this.effects.take("offset", message.getPayload());
		}

		@KafkaListener(topics = "${topic}", groupId = "offset-batch", batch = "true")
		@IdempotentReceiver(consumer = "offset-batch", byOffset = true)
		public void batch(List<ConsumerRecord<String, byte[]>> records) {
			records.forEach((record) -> this.effects.take("offset-batch", record.value()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Common.class)
	static class Storing {

		@Bean
		StoringReceiver storingReceiver(TransactionalInbox inbox) {
			return new StoringReceiver(inbox);
		}

		@Bean
		Handler handler(Effects effects) {
			return new Handler(effects);
		}

	}

	record StoringReceiver(TransactionalInbox inbox) {

		@KafkaListener(topics = "${topic}", groupId = "storing")
		void on(ConsumerRecord<String, byte[]> record) {
			String id = new String(record.headers().lastHeader("ce_id").value(), StandardCharsets.UTF_8);
			this.inbox
				.store(InboxMessage.of(MessageId.of(id), "counted", new String(record.value(), StandardCharsets.UTF_8))
					.withPartitionKey(record.key()));
		}

	}

	record Handler(Effects effects) {

		@OutboxListener(consumer = "handler")
		void on(Counted event, EventMetadata metadata) {
			this.effects.take("stored", String.valueOf(event.number()).getBytes(StandardCharsets.UTF_8));
			if (event.number() % 10 == 0 && metadata.attempt() < 3) {
				throw new Mishap();
			}
		}

	}

}
