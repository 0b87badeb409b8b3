package io.pyxbox.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

import io.pyxbox.scenario.TestApplication;
import io.pyxbox.testdatabase.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the books are looked through for is found where it is.
 */
class BooksTests {

	private final TestDatabase database = TestDatabase.create();

	private final JdbcClient jdbc = JdbcClient.create(this.database.dataSource());

	@TempDir
	private Path directory;

	private Books books;

	@BeforeEach
	void deliverSomeTransactions() {
		this.books = new Books(this.database.dataSource(), this.directory);
		this.books.create();
		String[] properties = ChaosApplication.properties(1, this.books.outsideFile(1), 0);
		try (TestApplication application = TestApplication.start(this.database, ChaosApplication.class, properties)) {
			Bookkeeper bookkeeper = application.bean(Bookkeeper.class);
			for (int i = 0; i < 30; i++) {
				bookkeeper.book();
			}
			Awaitility.await().atMost(Duration.ofSeconds(60)).until(this.books::isDrained);
		}
	}

	@AfterEach
	void dropDatabase() {
		this.database.close();
	}

	@Test
	void theyBalanceWhereNothingFails() {
		Balance balance = this.books.balance();

		assertThat(balance.faults()).isEmpty();
		assertThat(balance.repeatedOutside()).isZero();
		assertThat(balance.events()).isPositive();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			ledger: lost 1        | delete from ledger_effect where position = (select min(position) from ledger_effect)
			bulk: lost 1          | delete from bulk_effect where position = (select max(position) from bulk_effect)
			ledger: doubled 2     | insert into ledger_effect (event_id, account, number) \
			                        select event_id, account, number from ledger_effect order by position desc limit 2
			bulk: reordered 1     | update bulk_effect set number = 0 where number = 2 and account = \
			                        (select min(account) from bulk_effect where number = 2)
			ledger: effects of what was never committed or always failed 1 \
			                      | insert into ledger_effect (event_id) values (gen_random_uuid())
			dead letters: unexpected 1 \
			                      | insert into events_dead_letter select (d).* from (select jsonb_populate_record( \
			                        null::events_dead_letter, '{"id": -1, "consumer": "ledger", "bucket": 1, \
			                        "original_id": 1, "type": "t", "payload": {}, "created_at": "2020-01-01", \
			                        "attempts": 1, "first_failed_at": "2020-01-01", "last_failed_at": "2020-01-01", \
			                        "error_class": "e", "stack_trace": "s", \
			                        "event_id": "00000000-0000-0000-0000-000000000000"}') d) j
			""")
	void theyDoNotBalanceWhere(String fault, String sql) {
		this.jdbc.sql("delete from entry where failures >= 1000").update();
		this.jdbc.sql("delete from events_dead_letter").update();

		assertThat(this.jdbc.sql(sql).update()).isPositive();

		assertThat(this.books.balance().faults()).containsExactly(fault);
	}

	@Test
	void theyDoNotBalanceWhereADeadLetterIsMissing() {
		this.jdbc.sql("insert into entry values (gen_random_uuid(), null, 1, 1000)").update();

		assertThat(this.books.balance().faults()).containsExactly("dead letters: missing 3");
	}

	@Test
	void theyDoNotBalanceWhereAnEffectElsewhereIsMissing() {
		commitAndDeliverInTheDatabase("account-1", -1);

		assertThat(this.books.balance().faults()).containsExactly("outside: lost 1");
	}

	@Test
	void theyDoNotBalanceWhereEffectsElsewhereAreReordered() throws IOException {
		UUID first = commitAndDeliverInTheDatabase("planted", 1);
		UUID second = commitAndDeliverInTheDatabase("planted", 2);
		Files.writeString(this.books.outsideFile(2), second + ",planted,2," + (Long.MAX_VALUE - 1) + ",0\n" + first
				+ ",planted,1," + Long.MAX_VALUE + ",0\n");

		assertThat(this.books.balance().faults()).containsExactly("outside: reordered 1");
	}

	private UUID commitAndDeliverInTheDatabase(String account, long number) {
		UUID id = UUID.randomUUID();
		this.jdbc.sql("insert into entry values (?, ?, ?, 0)").params(id, account, number).update();
		for (String consumer : Consumers.TRANSACTIONAL) {
			// Without an account, so that it is out of no order here.
			this.jdbc.sql("insert into " + consumer + "_effect (event_id) values (?)").param(id).update();
		}
		return id;
	}

}
