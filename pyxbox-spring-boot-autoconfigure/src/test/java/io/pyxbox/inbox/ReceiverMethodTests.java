package io.pyxbox.inbox;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.pyxbox.ConsumerId;
import io.pyxbox.IdempotentReceiver;
import io.pyxbox.MessageId;
import io.pyxbox.PyxboxException;
import io.pyxbox.inbox.amqp.AmqpMessageReader;
import io.pyxbox.inbox.kafka.KafkaMessageReader;
import io.pyxbox.inbox.messaging.SpringMessageReader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.messaging.Message;
import org.springframework.util.PropertyPlaceholderHelper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ReceiverMethodTests {

	private static final MessageIdentities IDENTITIES = new MessageIdentities(
			List.of(new KafkaMessageReader(), new AmqpMessageReader(), new SpringMessageReader()));

	private static final PropertyPlaceholderHelper PLACEHOLDERS = new PropertyPlaceholderHelper("${", "}", ":", null,
			false);

	@Test
	void isNamedAfterItsClassAndItself() {
		assertThat(receiver("byRecord").consumer()).isEqualTo(new ConsumerId("methods.byRecord"));
		assertThat(receiver("named").consumer()).isEqualTo(new ConsumerId("billing-2"));
	}

	@Test
	void evaluatesAnExpressionOnTheFirstArgumentAndOnAllByName() {
		Order order = new Order("o-1", 7);

		assertThat(receiver("byProperty").identity().apply(new Object[] { order })).isEqualTo(MessageId.of("o-1"));
		assertThat(receiver("byArgument").identity().apply(new Object[] { order, "key" }))
			.isEqualTo(MessageId.of("key-7"));
		assertThatExceptionOfType(PyxboxException.class)
			.isThrownBy(() -> receiver("byProperty").identity().apply(new Object[] { new Order(null, 1) }))
			.withMessageContaining("is null");
		assertThatExceptionOfType(PyxboxException.class)
			.isThrownBy(() -> receiver("byProperty").identity().apply(new Object[] { "no order" }));
	}

	@ParameterizedTest
	@CsvSource({ "byRecord, -1", "byList, 0", "byRecords, 1", "byProperty, -1", "ofOrders, 0", "withList, -1",
			"byKeyOfItems, -1", "byKeys, 1", "byKeyOfMap, -1", "ofOrdersAndKeys, 0" })
	void knowsWhatIsABatch(String method, int batch) {
		assertThat(receiver(method).batch().applyAsInt(new Object[2])).isEqualTo(batch);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "payloadOnly | no parameter that says which message it is", "noParameter | no parameter",
					"both | both a messageId and byOffset", "malformed | no valid expression",
					"unresolved | placeholder", "blank | no usable consumer name", "later | returns before" })
	void whatCannotWorkIsRefusedWithAWayOut(String method, String problem) {
		assertThatExceptionOfType(InvalidReceiverException.class).isThrownBy(() -> receiver(method))
			.withMessageContaining(method)
			.withMessageContaining(problem)
			.satisfies((ex) -> assertThat(ex.getAction()).endsWith(".").isNotBlank());
	}

	private static ReceiverMethod receiver(String name) {
		Method method = Arrays.stream(Methods.class.getDeclaredMethods())
			.filter((each) -> each.getName().equals(name))
			.findFirst()
			.orElseThrow();
		return ReceiverMethod.of(method, Methods.class, method.getAnnotation(IdempotentReceiver.class),
				(text) -> PLACEHOLDERS.replacePlaceholders(text, (property) -> property.equals("two") ? "2" : null),
				IDENTITIES);
	}

	record Order(String id, int number) {
	}

	static final class Methods {

		@IdempotentReceiver
		void byRecord(ConsumerRecord<String, String> record) {
		}

		@IdempotentReceiver(consumer = "billing-${two}")
		void named(Message<String> message) {
		}

		@IdempotentReceiver
		void byList(List<ConsumerRecord<String, String>> records) {
		}

		@IdempotentReceiver(byOffset = true)
		void byRecords(String other, ConsumerRecords<String, String> records) {
		}

		@IdempotentReceiver(messageId = "id")
		void byProperty(Order order) {
		}

		@IdempotentReceiver(messageId = "#key + '-' + number")
		void byArgument(Order order, String key) {
		}

		@IdempotentReceiver(messageId = "id")
		void ofOrders(List<Order> orders) {
		}

		@IdempotentReceiver(messageId = "#key.toString()")
		void byKeyOfItems(List<Order> items, String key) {
		}

		@IdempotentReceiver(messageId = "'order-' + #keys")
		void byKeys(String topic, List<String> keys) {
		}

		@IdempotentReceiver(messageId = "#headers[id] + #headers['x']")
		void byKeyOfMap(List<Order> items, Map<String, String> headers) {
		}

		@IdempotentReceiver(messageId = "#key.concat(id)")
		void ofOrdersAndKeys(List<Order> orders, List<String> key) {
		}

		@IdempotentReceiver
		void withList(ConsumerRecord<String, String> record, List<String> others) {
		}

		@IdempotentReceiver
		void payloadOnly(Order order) {
		}

		@IdempotentReceiver
		void noParameter() {
		}

		@IdempotentReceiver(messageId = "id", byOffset = true)
		void both(ConsumerRecord<String, String> record) {
		}

		@IdempotentReceiver(messageId = "id +")
		void malformed(Order order) {
		}

		@IdempotentReceiver(consumer = "${three}")
		void unresolved(ConsumerRecord<String, String> record) {
		}

		@IdempotentReceiver(consumer = " ")
		void blank(ConsumerRecord<String, String> record) {
		}

		@IdempotentReceiver
		CompletableFuture<String> later(ConsumerRecord<String, String> record) {
			return CompletableFuture.completedFuture("");
		}

	}

}
