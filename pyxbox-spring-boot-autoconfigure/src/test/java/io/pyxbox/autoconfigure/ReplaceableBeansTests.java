package io.pyxbox.autoconfigure;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import io.pyxbox.DeadLetters;
import io.pyxbox.OutboxConsumers;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.dispatch.ChunkTransactions;
import io.pyxbox.dispatch.DeliveryObserver;
import io.pyxbox.dispatch.CircuitSettings;
import io.pyxbox.dispatch.DispatchResources;
import io.pyxbox.dispatch.OutboxPoller;
import io.pyxbox.dispatch.PollerSettings;
import io.pyxbox.dispatch.ThreadStarter;
import io.pyxbox.emit.EventWriter;
import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.store.EventAppender;
import io.pyxbox.store.EventTable;
import io.pyxbox.testdatabase.TestDatabase;
import io.pyxbox.transaction.OutboxTransactions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

class ReplaceableBeansTests {

	private static final TestDatabase database = TestDatabase.create();

	private static final EventTable TABLE = new EventTable("public", "events");

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class,
				DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
				TransactionManagerCustomizationAutoConfiguration.class, PyxboxSchemaAutoConfiguration.class,
				PyxboxAutoConfiguration.class, PyxboxInboxAutoConfiguration.class))
		.withPropertyValues("spring.datasource.url=" + database.jdbcUrl(),
				"spring.datasource.username=" + database.username(),
				"spring.datasource.password=" + database.password(), "spring.datasource.hikari.maximum-pool-size=2",
				"pyxbox.schema-name=public", "pyxbox.schema.mode=none");

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("replacements")
	<T> void givesWayToABeanOfTheApplication(Class<T> type, T own) {
		this.runner.withBean("own", type, () -> own).run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(type);
			assertThat(context.getBean(type)).isSameAs(own);
		});
	}

	static Stream<Arguments> replacements() {
		ChunkTransactions transactions = anyOf(ChunkTransactions.class);
		DispatchResources resources = new DispatchResources(TABLE, database.dataSource(), transactions,
				database.dataSource()::getConnection);
		PollerSettings settings = new PollerSettings(false, Duration.ofSeconds(1), false, 1, 0, 1, Duration.ZERO,
				Duration.ZERO, new CircuitSettings(5, Duration.ofSeconds(1), Duration.ofSeconds(1)),
				Duration.ofDays(7));
		DeliveryObserver observer = anyOf(DeliveryObserver.class);
		return Stream.of(Arguments.of(TransactionalOutbox.class, anyOf(TransactionalOutbox.class)),
				Arguments.of(EventTypes.class, new EventTypes((text) -> text)),
				Arguments.of(EventCodec.class, new EventCodec(new JsonMapper(), 1)),
				Arguments.of(EventWriter.class, new EventWriter(new OutboxTransactions(database.dataSource()),
						new EventAppender(TABLE), (events) -> {
						})),
				Arguments.of(DeadLetters.class, anyOf(DeadLetters.class)),
				Arguments.of(OutboxConsumers.class, anyOf(OutboxConsumers.class)),
				Arguments.of(TransactionalInbox.class, anyOf(TransactionalInbox.class)),
				Arguments.of(ChunkTransactions.class, transactions), Arguments.of(DeliveryObserver.class, observer),
				Arguments.of(DispatchResources.class, resources),
				Arguments.of(OutboxPoller.class,
						new OutboxPoller(settings, resources, List::of, observer, ThreadStarter.ofPlatform())),
				Arguments.of(EventTable.class, TABLE), Arguments.of(OutboxSchema.class, new OutboxSchema(TABLE,
						SchemaMode.MIGRATE, database.dataSource(), null, new DefaultListableBeanFactory())));
	}

	@Test
	void encodesWithTheMapperOfTheApplication() {
		JsonMapper own = JsonMapper.builder().enable(SerializationFeature.WRAP_ROOT_VALUE).build();

		this.runner.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
			.withBean("own", JsonMapper.class, () -> own)
			.run((context) -> assertThat(context.getBean(EventCodec.class).encode(new Note("x")))
				.isEqualTo("{\"Note\":{\"text\":\"x\"}}"));
	}

	@Test
	void encodesWithAMapperOfItsOwnWhereTheApplicationHasNone() {
		this.runner.run((context) -> assertThat(context.getBean(EventCodec.class).encode(new Note("x")))
			.isEqualTo("{\"text\":\"x\"}"));
	}

	private static <T> T anyOf(Class<T> type) {
		return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type },
				(proxy, method, arguments) -> switch (method.getName()) {
					case "equals" -> proxy == arguments[0];
					case "hashCode" -> System.identityHashCode(proxy);
					case "toString" -> type.getSimpleName();
					default -> throw new UnsupportedOperationException(method.toString());
				}));
	}

	record Note(String text) {
	}

}
