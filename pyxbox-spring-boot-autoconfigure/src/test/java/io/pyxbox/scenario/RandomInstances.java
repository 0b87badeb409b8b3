package io.pyxbox.scenario;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * Instances of one application that come and go as a seeded random says, each with
 * settings of its own; and one that stays, and only emits.
 */
final class RandomInstances implements RandomWriters.Applications, AutoCloseable {

	private final Random random;

	private final int most;

	private final boolean cut;

	private final OutboxTables tables;

	private final Function<String[], TestApplication> starter;

	private final TestApplication emitter;

	private final List<TestApplication> running = new CopyOnWriteArrayList<>();

	private int started;

	private int cuts;

	RandomInstances(Random random, boolean cut, OutboxTables tables, Function<String[], TestApplication> starter) {
		this.random = random;
		this.most = 1 + random.nextInt(8);
		this.cut = cut;
		this.tables = tables;
		this.starter = starter;
		this.emitter = starter.apply(new String[] { "pyxbox.poller.auto-startup=false" });
	}

	/** One of them starts, one stops, or a connection is cut. */
	void change() {
		if (this.cut && this.random.nextBoolean()) {
			cut(1 + this.random.nextInt(3));
		}
		else if (this.running.isEmpty() || (this.running.size() < this.most && this.random.nextInt(3) > 0)) {
			startOne();
		}
		else {
			// Before it stops: from now on emitting there may fail.
			TestApplication one = this.running.remove(this.random.nextInt(this.running.size()));
			one.close();
		}
	}

	/** Lets somebody finish what is left. */
	void atLeastOne() {
		if (this.running.isEmpty()) {
			startOne();
		}
	}

	private void startOne() {
		this.started++;
		this.running.add(this.starter.apply(new String[] { "spring.datasource.hikari.maximum-pool-size=4",
				"pyxbox.poller.concurrency=" + (1 + this.random.nextInt(3)),
				"pyxbox.poller.batch-size=" + List.of(1, 7, 50, 500).get(this.random.nextInt(4)) }));
	}

	private void cut(int connections) {
		List<Integer> pids = this.tables.jdbc().sql("""
				select pid from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
				order by pid
				""").query(Integer.class).list();
		for (int i = 0; i < connections; i++) {
			this.cuts += this.tables.jdbc()
				.sql("select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity "
						+ "where pid = ? and pid <> pg_backend_pid()")
				.param(pids.get(this.random.nextInt(pids.size())))
				.query(Integer.class)
				.single();
		}
	}

	@Override
	public TestApplication any(Random random) {
		Object[] candidates = this.running.toArray();
		int chosen = random.nextInt(candidates.length + 1);
		return (chosen < candidates.length) ? (TestApplication) candidates[chosen] : this.emitter;
	}

	@Override
	public void mayFail(TestApplication application, RuntimeException failure) {
		boolean stays = application == this.emitter || this.running.contains(application);
		if (stays && !this.cut) {
			throw failure;
		}
	}

	@Override
	public String toString() {
		return "%d instances started, at most %d at a time, %d connections cut".formatted(this.started, this.most,
				this.cuts);
	}

	@Override
	public void close() {
		this.running.forEach(TestApplication::close);
		this.emitter.close();
	}

}
