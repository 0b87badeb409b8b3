package io.pyxbox.scenario;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.pyxbox.TransactionalOutbox;
import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * An application as a user would start it, without a web server and with the
 * auto-configurations of other libraries switched off.
 */
public final class TestApplication implements AutoCloseable {

	static final String WITHOUT_MIGRATIONS = "spring.autoconfigure.exclude="
			+ "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration,"
			+ "org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration,"
			+ "org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration";

	private static final String WITHOUT_KAFKA = "org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration";

	private static final String WITHOUT_RABBIT = "org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration";

	private static final String WITH_BROKERS = WITHOUT_MIGRATIONS + ","
			+ "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration,"
			+ "org.springframework.boot.jooq.autoconfigure.JooqAutoConfiguration";

	static final String WITH_KAFKA = WITH_BROKERS + "," + WITHOUT_RABBIT;

	static final String WITH_RABBIT = WITH_BROKERS + "," + WITHOUT_KAFKA;

	private static final String SMALL = WITH_KAFKA + "," + WITHOUT_KAFKA;

	private final ConfigurableApplicationContext context;

	private TestApplication(ConfigurableApplicationContext context) {
		this.context = context;
	}

	public static TestApplication start(TestDatabase database, Class<?> configuration, String... properties) {
		return start(configuration, arguments(database, properties));
	}

	public static TestApplication start(Class<?> configuration, String... arguments) {
		return start(List.of(configuration), arguments);
	}

	/**
	 * Starts an application that shares a bean with others of this JVM.
	 */
	static TestApplication startSharing(Object bean, TestDatabase database, Class<?> configuration,
			String... properties) {
		return new TestApplication(new SpringApplicationBuilder(configuration)
			.initializers((context) -> context.getBeanFactory().registerSingleton("shared", bean))
			.web(WebApplicationType.NONE)
			.registerShutdownHook(false)
			.run(arguments(database, properties)));
	}

	static TestApplication start(List<Class<?>> sources, String... arguments) {
		return new TestApplication(
				new SpringApplicationBuilder(sources.toArray(Class<?>[]::new)).web(WebApplicationType.NONE)
					.registerShutdownHook(false)
					.run(arguments));
	}

	/**
	 * Returns command line arguments. A key must not come twice, or Spring makes a list
	 * of its values.
	 */
	public static String[] arguments(TestDatabase database, String... properties) {
		Map<String, String> merged = new LinkedHashMap<>();
		Consumer<String> add = (property) -> merged.put(property.substring(0, property.indexOf('=')), property);
		add.accept("spring.datasource.url=" + database.jdbcUrl());
		add.accept("spring.datasource.username=" + database.username());
		add.accept("spring.datasource.password=" + database.password());
		add.accept("spring.main.banner-mode=off");
		add.accept("spring.main.log-startup-info=false");
		add.accept("logging.level.root=warn");
		add.accept(SMALL);
		add.accept("pyxbox.poller.poll-interval=200ms");
		add.accept("pyxbox.retry.initial-interval=20ms");
		add.accept("pyxbox.retry.max-interval=100ms");
		for (String property : properties) {
			add.accept(property);
		}
		return merged.values().stream().map((property) -> "--" + property).toArray(String[]::new);
	}

	public <T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	<T> T bean(String name, Class<T> type) {
		return this.context.getBean(name, type);
	}

	public TransactionalOutbox outbox() {
		return bean(TransactionalOutbox.class);
	}

	public JdbcClient jdbc() {
		return bean(JdbcClient.class);
	}

	public TransactionTemplate transaction() {
		return transaction(TransactionDefinition.PROPAGATION_REQUIRED);
	}

	public TransactionTemplate transaction(int propagation) {
		TransactionTemplate template = new TransactionTemplate(bean(PlatformTransactionManager.class));
		template.setPropagationBehavior(propagation);
		return template;
	}

	public void inTransaction(Runnable work) {
		inTransaction((status) -> work.run());
	}

	public void inTransaction(Consumer<TransactionStatus> work) {
		transaction().executeWithoutResult(work);
	}

	/**
	 * Stops the workers; the beans go on.
	 */
	public void stop() {
		this.context.stop();
	}

	/**
	 * Starts the workers, also those that do not start by themselves.
	 */
	public void start() {
		this.context.start();
	}

	@Override
	public void close() {
		this.context.close();
	}

}
