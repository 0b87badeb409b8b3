package io.pyxbox.autoconfigure;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.pyxbox.OutboxListener;
import io.pyxbox.packages.documents.Document;
import io.pyxbox.packages.namesakes.Bill;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.testdatabase.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Event classes are found in the packages that are configured, and nothing else becomes
 * an object.
 */
class EventPackagesTests {

	private static final TestDatabase database = TestDatabase.create();

	private static final String PACKAGES = "pyxbox.event-packages=io.pyxbox.packages.documents";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PyxboxSchemaAutoConfiguration.class, PyxboxAutoConfiguration.class,
				DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
				JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class))
		.withPropertyValues("pyxbox.poller.poll-interval=200ms", "spring.datasource.url=" + database.jdbcUrl(),
				"spring.datasource.username=" + database.username(),
				"spring.datasource.password=" + database.password());

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void annotatedClassesThereAreRegisteredUnderTheirNames() {
		this.runner.withPropertyValues(PACKAGES).run((context) -> {
			EventTypes types = context.getBean(EventTypes.class);

			assertThat(types.find("invoice")).isSameAs(types.find("bill"))
				.satisfies((type) -> assertThat(type.javaType()).isEqualTo(Document.Invoice.class));
			assertThat(types.find("Receipt"))
				.satisfies((type) -> assertThat(type.javaType()).isEqualTo(Document.Receipt.class));
			assertThat(types.assignableTo(Document.class)).hasSize(2);
		});
	}

	@Test
	void twoClassesOfOneNameFailTheStart() {
		this.runner.withPropertyValues(PACKAGES + ",io.pyxbox.packages.namesakes")
			.run((context) -> assertThat(StartupFailure.textOf(context)).contains(Document.Invoice.class.getName())
				.contains(Bill.class.getName())
				.contains("share the type 'bill'")
				.contains("@OutboxEvent"));
	}

	@Test
	void aRowMakesNoObjectOfAClassThatIsNotRegisteredWhateverItNames() {
		this.runner.withPropertyValues(PACKAGES).withBean("listener", Listener.class).run((context) -> {
			JdbcClient jdbc = context.getBean(JdbcClient.class);
			store(jdbc, Document.Draft.class.getName(), "Draft", Document.Invoice.class.getName(), "bill");

			Awaitility.await()
				.atMost(Duration.ofSeconds(30))
				.untilAsserted(
						() -> assertThat(jdbc.sql("select type from events order by id").query(String.class).list())
							.containsExactly(Document.Draft.class.getName(), "Draft",
									Document.Invoice.class.getName()));
			assertThat(context.getBean(Listener.class).received).containsExactly(new Document.Invoice(1));
			assertThat(Document.Draft.MADE).hasValue(0);
		});
	}

	/** The last of them tells that the others have been looked at. */
	private static void store(JdbcClient jdbc, String... types) {
		for (String type : types) {
			jdbc.sql(
					"""
							insert into events (bucket, event_id, type, payload) values (1, gen_random_uuid(), ?, '{"number": 1}')
							""")
				.param(type)
				.update();
		}
	}

	static class Listener {

		private final Queue<Object> received = new ConcurrentLinkedQueue<>();

		@OutboxListener
		void on(Document document) {
			this.received.add(document);
		}

	}

}
