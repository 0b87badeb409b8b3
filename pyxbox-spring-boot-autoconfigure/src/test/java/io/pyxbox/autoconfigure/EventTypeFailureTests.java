package io.pyxbox.autoconfigure;

import io.pyxbox.EventUpcaster;
import io.pyxbox.InvalidEventException;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.evolution.Renewals.Namesake;
import io.pyxbox.evolution.Renewals.Renewed;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Names, versions and upcasters that cannot work stop the application, with a text that
 * says which classes or beans are meant.
 */
class EventTypeFailureTests {

	private static final TestDatabase database = TestDatabase.create();

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PyxboxSchemaAutoConfiguration.class, PyxboxAutoConfiguration.class,
				DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class))
		.withPropertyValues("pyxbox.poller.auto-startup=false", "pyxbox.event-packages=none.such",
				"spring.datasource.url=" + database.jdbcUrl(), "spring.datasource.username=" + database.username(),
				"spring.datasource.password=" + database.password());

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void listenersForTwoClassesOfOneName() {
		this.runner.withBean("one", Listener.class)
			.withBean("other", ListenerOfNamesake.class)
			.run((context) -> assertThat(StartupFailure.textOf(context)).contains(Renewed.class.getName())
				.contains(Namesake.class.getName())
				.contains("share the type 'renewal'")
				.contains("Mend the declaration of the event class"));
	}

	@Test
	void emittingAClassOfANameThatAListenersClassHasIsRefused() {
		this.runner.withUserConfiguration(Chain.class).withBean("one", Listener.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThatExceptionOfType(InvalidEventException.class)
				.isThrownBy(() -> context.getBean(TransactionalOutbox.class).emit(new Namesake()))
				.withMessageContaining(Renewed.class.getName())
				.withMessageContaining(Namesake.class.getName());
		});
	}

	@Test
	void aStepThatIsMissing() {
		this.runner.withBean("one", Listener.class)
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("The @OutboxListener method 'on' of bean 'one'")
				.contains(Renewed.class.getName() + " is version 2 of type 'renewed'")
				.contains("Declare an EventUpcaster bean for each version that is missing"));
	}

	@Test
	void twoUpcastersForOneStep() {
		this.runner.withUserConfiguration(Chain.class, SecondChain.class)
			.run((context) -> assertThat(StartupFailure.textOf(context)).contains("'renewing'")
				.contains("'renewingAgain'")
				.contains("version 1 of type 'renewed'")
				.contains("Correct or remove one of these beans"));
	}

	@Test
	void anUpcasterThatLeadsBeyondTheClass() {
		this.runner.withUserConfiguration(Beyond.class)
			.withBean("one", Listener.class)
			.run((context) -> assertThat(StartupFailure.textOf(context)).contains("'beyond'")
				.contains("Raise it: @OutboxEvent(version = 3)"));
	}

	static class Listener {

		@OutboxListener
		void on(Renewed event) {
			// Nothing to do.
		}

	}

	static class ListenerOfNamesake {

		@OutboxListener
		void on(Namesake event) {
			// Nothing to do.
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Chain {

		@Bean
		EventUpcaster renewing() {
			return step(1);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SecondChain {

		@Bean
		EventUpcaster renewingAgain() {
			return step(1);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Beyond extends Chain {

		@Bean
		EventUpcaster beyond() {
			return step(2);
		}

	}

	private static EventUpcaster step(int from) {
		return EventUpcaster.of("renewed", from, (event) -> {
		});
	}

}
