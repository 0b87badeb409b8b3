package io.pyxbox.scenario;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Events that come as one chunk, of which one goes wrong.
 */
abstract class ChunkScenario extends Scenario {

	static final int BAD = 17;

	static final String JPA = TestApplication.WITHOUT_MIGRATIONS
			+ ",org.springframework.boot.jooq.autoconfigure.JooqAutoConfiguration";

	@BeforeEach
	void createTables() {
		this.ledger.create();
		this.tables.execute("create table follow_up (number int)");
	}

	/**
	 * Emits 50 events of as many keys that share a bucket, so that they can come as one
	 * chunk.
	 */
	void emitChunk(TestApplication application) {
		List<String> keys = keysOfOneBucket(application, 50);
		application.inTransaction(() -> {
			for (int i = 0; i < 50; i++) {
				application.outbox().emit(new Counted(keys.get(i), i + 1));
			}
		});
		assertThat(this.tables.jdbc().sql("select count(distinct bucket) from events").query(Integer.class).single())
			.isEqualTo(1);
	}

	List<Integer> followUps() {
		return this.tables.jdbc().sql("select number from follow_up").query(Integer.class).list();
	}

}
