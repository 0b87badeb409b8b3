package io.pyxbox.chaos;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.sql.DataSource;

import org.postgresql.PGConnection;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What was committed and what came of it, in tables of the database that the events are
 * in; and whether that balances.
 */
final class Books {

	static final int ACCOUNTS = 100;

	static final int INNER_ACCOUNTS = 20;

	private final DataSource dataSource;

	private final JdbcClient jdbc;

	private final Path outside;

	/**
	 * Creates books.
	 * @param dataSource the database, past all that is disturbed
	 * @param outside a directory for effects outside the database, a file for each
	 * instance
	 */
	Books(DataSource dataSource, Path outside) {
		this.dataSource = dataSource;
		this.jdbc = JdbcClient.create(dataSource);
		this.outside = outside;
	}

	/** Creates the tables. None of those with effects would refuse a second one. */
	void create() {
		execute("""
				create table books (is_open boolean not null);
				insert into books values (true);
				create table account (name text primary key, number bigint not null) with (fillfactor = 50);
				create table entry (event_id uuid primary key, account text, number bigint, failures integer);
				create table ledger_effect (position bigint generated always as identity (cache 1) primary key,
				  event_id uuid, account text, number bigint, slot integer);
				create table bulk_effect (like ledger_effect including all);
				create unlogged table outside_effect (event_id uuid, account text, number bigint, position bigint,
				  wait bigint);
				""");
		addAccounts("account-", ACCOUNTS);
		addAccounts("inner-", INNER_ACCOUNTS);
	}

	private void addAccounts(String prefix, int count) {
		this.jdbc.sql("insert into account select ? || i, 0 from generate_series(0, ? - 1) i")
			.params(prefix, count)
			.update();
	}

	Path outsideFile(int slot) {
		return this.outside.resolve("outside-" + slot + ".csv");
	}

	/**
	 * Whether anything is emitted. Once this returns, everybody knows.
	 */
	void setOpen(boolean open) {
		this.jdbc.sql("update books set is_open = ?").param(open).update();
	}

	/** Whether nothing waits for its delivery any more. */
	boolean isDrained() {
		return number("select count(*) from (select from events limit 1) e") == 0
				&& number("select count(*) from events_retry") == 0;
	}

	long backlog() {
		return number("select count(*) from events");
	}

	/** The position of the last effect in the ledger. */
	long lastPosition() {
		return number("select coalesce(max(position), 0) from ledger_effect");
	}

	/** The instances that have written to the ledger after a position. */
	List<Integer> slotsSince(long position) {
		return this.jdbc.sql("select distinct slot from ledger_effect where position > ?")
			.param(position)
			.query(Integer.class)
			.list();
	}

	/** Where things stand, for somebody who wonders why they stand still. */
	String describe() {
		return this.jdbc.sql("""
				select 'books are ' || case when is_open then 'open' else 'closed' end from books
				union all select consumer || ' retries ' || count(*) from events_retry group by consumer
				union all select 'events completed by ' || coalesce(completed_by::text, 'none') || ': ' || count(*)
				  from events group by completed_by
				union all select concat_ws(' ', 'session', pid, state, wait_event_type, wait_event, 'transaction',
				    clock_timestamp() - xact_start, 'statement', clock_timestamp() - query_start, left(query, 100))
				  from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
				""").query(String.class).list().stream().collect(Collectors.joining("\n"));
	}

	/** Compares what was committed with every effect. */
	Balance balance() {
		readOutside();
		List<Balance.Consumer> consumers = new ArrayList<>();
		Consumers.TRANSACTIONAL.forEach((consumer) -> consumers.add(balance(consumer)));
		consumers.add(balance(Consumers.OUTSIDE));
		return new Balance(number("select count(*) from entry"), consumers, deadLetters());
	}

	private Balance.Consumer balance(String consumer) {
		String effects = consumer + "_effect";
		return new Balance.Consumer(consumer, number("select count(*) from " + effects), number("""
				select count(*) from entry e where failures < %d
				  and not exists (select from %s f where f.event_id = e.event_id)
				""".formatted(Entry.ALWAYS, effects)),
				number("select count(*) - count(distinct event_id) from " + effects), number("""
						with firsts as (
						  select account, number, min(position) as position from %s
						  where account is not null group by account, number)
						select count(*) from (select number, max(number) over (partition by account order by position
						  rows between unbounded preceding and 1 preceding) as before from firsts) o
						where number < before
						""".formatted(effects)), number("""
						select count(*) from %s f
						where not exists (select from entry e where e.event_id = f.event_id and e.failures < %d)
						""".formatted(effects, Entry.ALWAYS)));
	}

	private Balance.DeadLetters deadLetters() {
		String expected = """
				select event_id, consumer from entry, unnest('{%s,%s}'::text[]) consumer where failures >= %d
				""".formatted(String.join(",", Consumers.TRANSACTIONAL), Consumers.OUTSIDE, Entry.ALWAYS);
		String actual = "select event_id, consumer from events_dead_letter";
		return new Balance.DeadLetters(number("select count(*) from (" + expected + ") e"),
				number("select count(*) from (" + expected + " except all " + actual + ") m"),
				number("select count(*) from (" + actual + " except all " + expected + ") u"));
	}

	private void readOutside() {
		try (Connection connection = this.dataSource.getConnection();
				Stream<Path> files = Files.list(this.outside).filter((file) -> file.toString().endsWith(".csv"))) {
			for (Path file : files.toList()) {
				try (Reader reader = Files.newBufferedReader(file)) {
					connection.unwrap(PGConnection.class)
						.getCopyAPI()
						.copyIn("copy outside_effect from stdin (format csv)", reader);
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** How long the slowest of a share of the calls outside the database had waited. */
	long waitInMillis(double share) {
		return this.jdbc.sql("select coalesce(percentile_disc(?) within group (order by wait), 0) from outside_effect")
			.param(share)
			.query(Long.class)
			.single();
	}

	private long number(String sql) {
		return this.jdbc.sql(sql).query(Long.class).single();
	}

	private void execute(String sql) {
		this.jdbc.sql(sql).update();
	}

}
