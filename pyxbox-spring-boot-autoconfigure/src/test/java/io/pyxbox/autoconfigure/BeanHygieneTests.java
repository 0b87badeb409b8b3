package io.pyxbox.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import javax.sql.DataSource;

import io.pyxbox.TransactionalOutbox;
import io.pyxbox.testdatabase.TestDatabase;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.callback.Callback;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizer;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.converter.Converter;
import org.springframework.core.task.TaskExecutor;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.util.ClassUtils;
import org.springframework.util.ErrorHandler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application is the same with pyxbox on its class path as without, but for the beans
 * of pyxbox.
 */
class BeanHygieneTests {

	private static final String WITHOUT_PYXBOX = TestApplications.WITHOUT_JPA + ","
			+ PyxboxAutoConfiguration.class.getName() + "," + PyxboxInboxAutoConfiguration.class.getName() + ","
			+ PyxboxReceiverAutoConfiguration.class.getName() + "," + PyxboxSchemaAutoConfiguration.class.getName();

	private static final TestDatabase database = TestDatabase.create();

	private static ConfigurableApplicationContext with;

	private static ConfigurableApplicationContext without;

	@BeforeAll
	static void startApplications() {
		without = TestApplications.start(database, Scheduling.class, WITHOUT_PYXBOX);
		with = TestApplications.start(database, Scheduling.class, TestApplications.WITHOUT_JPA);
	}

	@AfterAll
	static void stopApplications() {
		with.close();
		without.close();
		database.close();
	}

	@Test
	void addsItsOwnBeansAndNothingElse() {
		Set<String> added = new TreeSet<>(Arrays.asList(with.getBeanDefinitionNames()));
		added.removeAll(Arrays.asList(without.getBeanDefinitionNames()));

		assertThat(with.getBeanDefinitionNames()).contains(without.getBeanDefinitionNames());
		// By their names publishers are known to those who write routes.
		added.removeAll(Set.of("kafka", "rabbit"));
		assertThat(added).isNotEmpty().allMatch((name) -> name.startsWith("pyxbox") || name.startsWith("io.pyxbox."));
	}

	@Test
	void leavesTheDefinitionsOfAllOtherBeansAsTheyAre() {
		assertThat(Arrays.stream(without.getBeanDefinitionNames())).allSatisfy((name) -> {
			BeanDefinition before = without.getBeanFactory().getBeanDefinition(name);
			BeanDefinition now = with.getBeanFactory().getBeanDefinition(name);
			assertThat(now.getBeanClassName()).isEqualTo(before.getBeanClassName());
			assertThat(now.getFactoryMethodName()).isEqualTo(before.getFactoryMethodName());
			assertThat(now.isPrimary()).isEqualTo(before.isPrimary());
			assertThat(now.isLazyInit()).isEqualTo(before.isLazyInit());
			assertThat(now.getScope()).isEqualTo(before.getScope());
		});
	}

	@ParameterizedTest
	@MethodSource("typesThatAnApplicationMayAskFor")
	void addsNoBeanThatAnApplicationCouldMeanWhenItAsksForItsOwn(Class<?> type) {
		assertThat(with.getBeanNamesForType(type)).containsExactlyInAnyOrder(without.getBeanNamesForType(type));
	}

	static List<Class<?>> typesThatAnApplicationMayAskFor() {
		return List.of(Flyway.class, Callback.class, FlywayConfigurationCustomizer.class, FlywayMigrationStrategy.class,
				Executor.class, TaskExecutor.class, TaskScheduler.class, ThreadFactory.class, Clock.class,
				ObjectMapper.class, JsonMapper.class, DataSource.class, TransactionManager.class,
				TransactionOperations.class, TransactionManagerCustomizer.class, JdbcOperations.class, JdbcClient.class,
				BeanPostProcessor.class, ApplicationListener.class, ApplicationRunner.class, Converter.class,
				ErrorHandler.class, Runnable.class, String.class, Duration.class, Supplier.class, Function.class,
				java.util.function.Consumer.class, Collection.class, Map.class, Enum.class);
	}

	@Test
	void showsNoInterfaceOfSpringThatSomebodyCollects() {
		Map<String, Set<String>> shown = new TreeMap<>();
		with.getBeansOfType(Object.class).forEach((name, bean) -> {
			if (bean.getClass().getName().startsWith("io.pyxbox")) {
				Set<String> interfaces = interfacesOf(bean.getClass());
				interfaces.removeIf((type) -> type.startsWith("io.pyxbox") || type.startsWith("java."));
				shown.put(name, interfaces);
			}
		});
		shown.values().removeIf(Set::isEmpty);

		assertThat(shown).isEqualTo(Map.of("pyxboxConsumerRegistration",
				Set.of("org.springframework.beans.factory.SmartInitializingSingleton"), "pyxboxListenerProcessor",
				Set.of("org.springframework.beans.factory.SmartInitializingSingleton"),
				"pyxboxIdempotentReceiverAdvisor",
				Set.of("org.springframework.aop.PointcutAdvisor", "org.springframework.core.Ordered"),
				"pyxboxInboxLifecycle", Set.of("org.springframework.context.SmartLifecycle"),
				"pyxboxOutboxTransactionManager",
				Set.of("org.springframework.beans.factory.SmartInitializingSingleton"), "pyxboxPoller",
				Set.of("org.springframework.context.SmartLifecycle"), "pyxboxSchema",
				Set.of("org.springframework.beans.factory.InitializingBean")));
	}

	@Test
	void leavesAnApplicationItsExecutorAndItsScheduler() {
		assertThat(with.getBean("applicationTaskExecutor")).isInstanceOf(ThreadPoolTaskExecutor.class);
		assertThat(with.getBean("taskScheduler")).isInstanceOf(TaskScheduler.class);
	}

	@Test
	void leavesAnApplicationItsFlywayItsMapperAndItsTransactionManager() {
		assertThat(with.getBeanProvider(Flyway.class).getIfUnique()).isSameAs(with.getBean("flyway"));
		assertThat(with.getBeanProvider(JsonMapper.class).getIfUnique()).isNotNull();
		assertThat(with.getBeanProvider(TransactionManager.class).getIfUnique())
			.isSameAs(with.getBean("transactionManager"));
	}

	@Test
	void switchesOnNeitherSchedulingNorAsynchronousMethods() {
		try (ConfigurableApplicationContext plain = TestApplications.start(database, Empty.class,
				TestApplications.WITHOUT_JPA)) {
			assertThat(plain.getBean(TransactionalOutbox.class)).isNotNull();
			assertThat(
					plain.containsBean("org.springframework.context.annotation.internalScheduledAnnotationProcessor"))
				.isFalse();
			assertThat(plain.containsBean("org.springframework.context.annotation.internalAsyncAnnotationProcessor"))
				.isFalse();
			assertThat(plain.containsBean("taskScheduler")).isFalse();
		}
	}

	@Test
	void deliversInTransactionsOfTheApplicationsOwnManager() {
		assertThat(with.getBean(OutboxTransactionManager.class).get()).isSameAs(with.getBean("transactionManager"));
	}

	private static Set<String> interfacesOf(Class<?> type) {
		return Arrays.stream(ClassUtils.getAllInterfacesForClass(type))
			.map(Class::getName)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

	@Configuration(proxyBeanMethods = false)
	static class Empty {

	}

}
