package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.schema.SchemaMode;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Subscription;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

class PullConsumersTests {

	private static final EventTable EVENTS = new EventTable("public", "events");

	private static final Subscription T = new Subscription(Set.of("T"), Set.of());

	private final TestDatabase database = TestDatabase.create();

	private final JdbcClient jdbc = JdbcClient.create(this.database.dataSource());

	private final Map<ConsumerId, Subscription> listeners = new HashMap<>();

	@BeforeEach
	void createTables() {
		new OutboxSchema(EVENTS, SchemaMode.MIGRATE, this.database.dataSource(), null, new StaticListableBeanFactory())
			.initialize();
		this.jdbc.sql("""
				insert into events (bucket, event_id, type, payload, completed_by)
				values (1, gen_random_uuid(), 'T', '{}', '{inbox}')
				""").update();
	}

	@AfterEach
	void dropDatabase() {
		this.database.close();
	}

	@Test
	void whereNobodyListensThoseThatNobodyDeclaresAreForgotten() throws SQLException {
		PullConsumers consumers = consumers(Duration.ZERO);
		consumers.register(new ConsumerId("inbox"), T);
		removeAnother();

		consumers.keepHouse();

		assertThat(registered()).containsExactly("inbox");
		assertThat(this.jdbc.sql("select count(*) from events").query(Integer.class).single()).isZero();
	}

	@Test
	void rightAfterTheStartNobodyIsForgotten() throws SQLException {
		PullConsumers consumers = consumers(Housekeeping.PATIENCE);
		consumers.register(new ConsumerId("inbox"), T);
		removeAnother();

		consumers.keepHouse();

		assertThat(registered()).containsExactly("another", "inbox");
	}

	@Test
	void whereSomebodyListensThatIsLeftToThem() throws SQLException {
		PullConsumers consumers = consumers(Duration.ZERO);
		consumers.register(new ConsumerId("inbox"), T);
		removeAnother();
		this.listeners.put(new ConsumerId("mail"), T);

		consumers.keepHouse();

		assertThat(registered()).containsExactly("another", "inbox");
	}

	private void removeAnother() throws SQLException {
		consumers(Duration.ZERO).register(new ConsumerId("another"), T);
		this.jdbc.sql("update events_consumer set last_seen_at = now() - interval '7 days'").update();
	}

	private List<String> registered() {
		return this.jdbc.sql("select consumer from events_consumer order by 1").query(String.class).list();
	}

	private PullConsumers consumers(Duration patience) {
		return new PullConsumers(EVENTS, this.database.dataSource(), Duration.ofSeconds(30), () -> this.listeners,
				Duration.ofDays(7), patience);
	}

}
