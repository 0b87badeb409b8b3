package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Consumers that are not transactional and take the same events do not wait for each
 * other in a circle, although each settles many lanes at once: what PostgreSQL ended for
 * that would be delivered twice.
 */
class SharedOutsideTests extends Scenario {

	@Test
	void consumersOfTheSameEventsDoNotWaitForEachOtherInACircle() throws Exception {
		TestApplication application = start(App.class);
		int count = 6000;
		Random random = new Random(1);

		for (int number = 0; number < count;) {
			List<Counted> events = new ArrayList<>();
			for (int i = 0; i < 20; i++) {
				events.add(new Counted("key-" + random.nextInt(500), ++number));
			}
			application.outbox().emitAll(events);
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.jdbc()
			.sql("select deadlocks from pg_stat_database where datname = current_database()")
			.query(Integer.class)
			.single()).isZero();
		assertThat(application.bean(Journal.class).calls()).hasSize(3 * count);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Journal journal() {
			return new Journal();
		}

		@Bean
		Outside outside(Journal journal) {
			return new Outside(journal);
		}

	}

	record Outside(Journal journal) {

		@OutboxListener(transactional = false)
		void one(Counted event, EventMetadata metadata) {
			this.journal.note(event, metadata);
		}

		@OutboxListener(transactional = false, concurrency = 64)
		void another(Counted event, EventMetadata metadata) {
			this.journal.note(event, metadata);
		}

		@OutboxListener(transactional = false, concurrency = 200)
		void third(Counted event, EventMetadata metadata) {
			this.journal.note(event, metadata);
		}

	}

}
