package io.pyxbox.scenario;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventId;
import io.pyxbox.schema.SchemaMismatchException;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.standalone.Pyxbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * A program that has a {@code DataSource}, and nothing of Spring Boot.
 */
class WithoutSpringBootTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void whatIsEmittedIsPulled() {
		Pyxbox pyxbox = open();
		List<Object> pulled = new ArrayList<>();

		pyxbox.inTransaction(() -> pyxbox.outbox().emitAll(counted("a", 1, 2)));

		assertThat(pyxbox.inbox().next((event) -> pulled.add(event.event()))).isTrue();
		assertThat(pyxbox.inbox().take(10, (events) -> events.forEach((event) -> pulled.add(event.event())))).isOne();
		assertThat(pyxbox.inbox().next((event) -> pulled.add(event.event()))).isFalse();
		assertThat(pulled).containsExactlyElementsOf(counted("a", 1, 2));
	}

	@Test
	void whatAHandlerWritesByPlainJdbcCommitsWithTheEvent() throws SQLException {
		Pyxbox pyxbox = open();
		pyxbox.outbox().emit(new Counted("a", 1));

		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> pyxbox.inbox().next((event) -> {
			write(pyxbox.dataSource(), event);
			throw new SQLException("a mishap");
		}));
		assertThat(this.ledger.size()).isZero();
		assertThat(pyxbox.inbox().next((event) -> write(pyxbox.dataSource(), event))).isTrue();

		assertThat(this.ledger.numbers()).containsExactly(1);
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void anEventBelongsToTheTransaction() {
		Pyxbox pyxbox = open();

		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> pyxbox.inTransaction(() -> {
			pyxbox.outbox().emit(new Counted("a", 1));
			throw new Mishap();
		}));

		assertThat(this.tables.events()).isZero();
	}

	@Test
	void nextJoinsTheTransaction() throws SQLException {
		Pyxbox pyxbox = open();
		pyxbox.outbox().emit(new Counted("a", 1));

		pyxbox.inTransaction(() -> write(pyxbox.dataSource(), pyxbox.inbox().next().orElseThrow()));

		assertThat(this.ledger.numbers()).containsExactly(1);
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void messagesAreReceivedOnce() {
		Pyxbox pyxbox = open();
		List<String> effects = new ArrayList<>();

		pyxbox.inbox().receive("billing", "m-1", () -> effects.add("one"));
		pyxbox.inbox().receive("billing", "m-1", () -> effects.add("again"));

		assertThat(effects).containsExactly("one");
	}

	@Test
	void aLoopEndsInOrderWhenItIsClosed() throws Exception {
		Pyxbox pyxbox = open();
		CountDownLatch handled = new CountDownLatch(20);
		Future<?> loop = this.threads.submit(() -> pyxbox.inbox().consume((event) -> {
			write(pyxbox.dataSource(), event);
			handled.countDown();
		}));
		pyxbox.outbox().emitAll(counted("a", 1, 20));
		assertThat(handled.await(20, TimeUnit.SECONDS)).isTrue();

		pyxbox.close();
		loop.get(20, TimeUnit.SECONDS);

		assertThat(this.ledger.numbers()).isEqualTo(range(1, 20));
	}

	@Test
	void aProgramThatIsAskedToEndDoesSoInOrder() throws Exception {
		Pyxbox pyxbox = open();
		for (int key = 0; key < 10; key++) {
			pyxbox.outbox().emitAll(counted("key-" + key, 1, 100));
		}
		ChildJvm child = startChild(Program.class);
		await().atMost(Duration.ofSeconds(60)).until(() -> this.ledger.size() > 20);

		child.terminate();

		assertThat(this.tables.advisoryLocks()).isZero();
		assertThat(this.ledger.size() + this.tables.events()).isEqualTo(1000);
		assertThat(this.tables.events()).isPositive();
	}

	@Test
	void eventsOfAnotherProgramArePulledByTheirClass() {
		open().outbox().emit(new Counted("a", 1));
		Pyxbox other = open();

		assertThat(other.inbox().next((event) -> this.ledger.size())).as("unknown there").isFalse();
		assertThat(other.inbox().ofType(Counted.class).next((event) -> this.ledger.size())).isTrue();
	}

	@Test
	void tablesMayHaveOtherNamesAndBeMigratedBySomebodyElse() {
		DataSource dataSource = this.database.dataSource();
		assertThatExceptionOfType(SchemaMismatchException.class).isThrownBy(() -> Pyxbox.builder(dataSource)
			.schemaName("messaging")
			.tableName("outbox")
			.schemaMode(SchemaMode.VALIDATE)
			.build());

		Pyxbox pyxbox = endAfterwards(Pyxbox.builder(dataSource)
			.schemaName("messaging")
			.tableName("outbox")
			.pollInterval(Duration.ofMillis(100))
			.inboxRetention(Duration.ofDays(30))
			.eventTypes(Counted.class)
			.build());
		pyxbox.outbox().emit(new Counted("a", 1));

		assertThat(this.tables.count("messaging.outbox")).isOne();
		assertThatIllegalArgumentException().isThrownBy(() -> Pyxbox.builder(dataSource).pollInterval(Duration.ZERO));
	}

	@Test
	void aDeduplicationKeyIsTakenForAsLongAsTheProgramSays() {
		DataSource dataSource = this.database.dataSource();
		Pyxbox patient = endAfterwards(Pyxbox.builder(dataSource).deduplicationWindow(Duration.ofDays(2)).build());
		Pyxbox usual = open();
		EmitOptions once = EmitOptions.none().withDeduplicationKey("k");

		EventId first = patient.outbox().emit(new Counted("a", 1), once);
		EventId second = usual.outbox().emit(new Counted("a", 2), once);
		usual.outbox().emit(new Counted("a", 3), EmitOptions.none().withDeduplicationKey("l"));

		assertThat(second).isEqualTo(first);
		assertThat(this.tables.numbers()).containsExactly(1, 3);
		assertThat(this.tables.jdbc()
			.sql("select ceil(extract(epoch from expires_at - clock_timestamp()) / 3600) from events_deduplication order by key")
			.query(Integer.class)
			.list()).containsExactly(48, 1);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Pyxbox.builder(dataSource).deduplicationWindow(Duration.ZERO))
			.withMessageContaining("deduplicationWindow");
	}

	private Pyxbox open() {
		return endAfterwards(Pyxbox.builder(this.database.dataSource()).build());
	}

	private static void write(DataSource dataSource, EventEnvelope<?> event) throws SQLException {
		Counted counted = (Counted) event.event();
		try (Connection connection = dataSource.getConnection();
				PreparedStatement statement = connection
					.prepareStatement("insert into ledger (key, number) values (?, ?)")) {
			statement.setString(1, counted.key());
			statement.setInt(2, counted.number());
			statement.executeUpdate();
		}
	}

	/**
	 * Pulls until it is asked to end.
	 */
	static final class Program implements ChildJvm.Program {

		@Override
		public void run(String[] arguments) {
			PGSimpleDataSource dataSource = new PGSimpleDataSource();
			dataSource.setUrl(value(arguments, "spring.datasource.url"));
			dataSource.setUser(value(arguments, "spring.datasource.username"));
			dataSource.setPassword(value(arguments, "spring.datasource.password"));
			try (Pyxbox pyxbox = Pyxbox.builder(dataSource).eventTypes(Counted.class).build()) {
				pyxbox.inbox().consume((event) -> {
					write(pyxbox.dataSource(), event);
					new CountDownLatch(1).await(5, TimeUnit.MILLISECONDS);
				});
			}
		}

		private static String value(String[] arguments, String name) {
			String prefix = "--" + name + "=";
			return Arrays.stream(arguments)
				.filter((argument) -> argument.startsWith(prefix))
				.map((argument) -> argument.substring(prefix.length()))
				.findFirst()
				.orElseThrow();
		}

	}

}
