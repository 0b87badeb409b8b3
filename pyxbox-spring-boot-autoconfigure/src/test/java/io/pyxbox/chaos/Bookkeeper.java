package io.pyxbox.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

import io.pyxbox.EventId;
import io.pyxbox.TransactionalOutbox;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes transactions at random. Each event has a row of its own in the same transaction,
 * so what was committed can be read off the table. The writers of an account exclude each
 * other by a lock on its row and count its entries.
 */
final class Bookkeeper {

	private final JdbcClient jdbc;

	private final TransactionalOutbox outbox;

	private final PlatformTransactionManager manager;

	private final boolean failing;

	Bookkeeper(JdbcClient jdbc, TransactionalOutbox outbox, PlatformTransactionManager manager, boolean failing) {
		this.jdbc = jdbc;
		this.outbox = outbox;
		this.manager = manager;
		this.failing = failing;
	}

	/**
	 * Runs a transaction, which may roll back in whole or in part.
	 * @return how many events it tried to emit, none if the books are closed
	 */
	int book() {
		RandomGenerator random = ThreadLocalRandom.current();
		List<Integer> emitted = new ArrayList<>();
		inTransaction(TransactionDefinition.PROPAGATION_REQUIRED, (status) -> {
			if (!isOpen()) {
				return;
			}
			List<String> accounts = choose(random, Books.ACCOUNTS, "account-");
			emitted.add(write(random, accounts, 15 + random.nextInt(20)));
			if (random.nextInt(3) == 0) {
				inTransaction(TransactionDefinition.PROPAGATION_NESTED, (nested) -> {
					emitted.add(write(random, accounts, 1 + random.nextInt(10)));
					rollbackOneOf(3, random, nested);
				});
			}
			if (random.nextInt(10) == 0) {
				// Other accounts: it would wait for the locks of the outer one for ever.
				inTransaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW, (inner) -> {
					emitted.add(write(random, choose(random, Books.INNER_ACCOUNTS, "inner-"), 1 + random.nextInt(10)));
					rollbackOneOf(5, random, inner);
				});
			}
			emitted.add(write(random, accounts, 1 + random.nextInt(5)));
			emitted.add(writeWithoutAccount(random, random.nextInt(8)));
			rollbackOneOf(10, random, status);
		});
		return emitted.stream().mapToInt(Integer::intValue).sum();
	}

	private void inTransaction(int propagation, Consumer<TransactionStatus> work) {
		TransactionTemplate template = new TransactionTemplate(this.manager);
		template.setPropagationBehavior(propagation);
		template.executeWithoutResult(work);
	}

	/** Who closes the books waits for everybody who has seen them open. */
	private boolean isOpen() {
		return this.jdbc.sql("select is_open from books for share").query(Boolean.class).single();
	}

	private static void rollbackOneOf(int count, RandomGenerator random, TransactionStatus status) {
		if (random.nextInt(count) == 0) {
			status.setRollbackOnly();
		}
	}

	private static List<String> choose(RandomGenerator random, int accounts, String prefix) {
		return IntStream.generate(() -> random.nextInt(accounts))
			.limit(1 + random.nextInt(3))
			.mapToObj((number) -> prefix + number)
			.distinct()
			.sorted()
			.toList();
	}

	private int write(RandomGenerator random, List<String> accounts, int count) {
		Map<String, Long> numbers = new TreeMap<>();
		// In one order, or two of them would wait for each other.
		this.jdbc.sql("select name, number from account where name = any(?) order by name for update")
			.param(accounts.toArray(String[]::new))
			.query((row) -> {
				numbers.put(row.getString(1), row.getLong(2));
			});
		List<Entry> entries = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			String account = accounts.get(random.nextInt(accounts.size()));
			entries.add(new Entry(account, numbers.merge(account, 1L, Long::sum), failures(random)));
		}
		this.jdbc.sql("""
				update account set number = n.number from unnest(?::text[], ?::bigint[]) n (name, number)
				where account.name = n.name
				""")
			.params(numbers.keySet().toArray(String[]::new),
					numbers.values().stream().mapToLong(Long::longValue).toArray())
			.update();
		emit(entries);
		return count;
	}

	private int writeWithoutAccount(RandomGenerator random, int count) {
		emit(IntStream.range(0, count).mapToObj((number) -> new Entry(null, number, failures(random))).toList());
		return count;
	}

	private int failures(RandomGenerator random) {
		int dice = this.failing ? random.nextInt(3_000) : Integer.MAX_VALUE;
		return (dice == 0) ? Entry.ALWAYS : ((dice < 6) ? 1 + random.nextInt(3) : 0);
	}

	/** Emits events, each with its row, in the transaction that there is. */
	void emit(List<Entry> entries) {
		List<EventId> ids = this.outbox.emitAll(entries);
		@Nullable String[] accounts = entries.stream().map(Entry::account).toArray(String[]::new);
		this.jdbc
			.sql("insert into entry select id::uuid, a, n, f from unnest(?::text[], ?::text[], ?::bigint[], "
					+ "?::integer[]) as e (id, a, n, f)")
			.params(ids.stream().map(EventId::toString).toArray(String[]::new), accounts,
					entries.stream().mapToLong(Entry::number).toArray(),
					entries.stream().mapToInt(Entry::failures).toArray())
			.update();
	}

}
