package io.pyxbox.benchmarks.workload;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.contender.Target;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.event.Tally;
import io.pyxbox.benchmarks.process.Instance;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.server.BenchmarkDatabase;

/**
 * A contender that is being measured: its instances, on a database of its own.
 */
final class Subject implements AutoCloseable {

	/** For those who share the work by heartbeats. */
	private static final Duration ACQUAINTANCE = Duration.ofSeconds(3);

	private static final Duration WARM_UP = Duration.ofSeconds(5);

	private final Bench bench;

	private final ContenderType type;

	private final Handling handling;

	private final BenchmarkDatabase database;

	private final List<Instance> instances = new ArrayList<>();

	private Subject(Bench bench, ContenderType type, Handling handling, BenchmarkDatabase database) {
		this.bench = bench;
		this.type = type;
		this.handling = handling;
		this.database = database;
	}

	static Subject start(Bench bench, BenchmarkDatabase database, Target target, ContenderType type, int instances,
			Handling handling, Path log) {
		Subject subject = new Subject(bench, type, handling, database);
		try {
			for (int i = 0; i < instances; i++) {
				subject.instances.add(Instance.start(type, target, handling, log));
			}
			if (instances > 1) {
				Pause.of(ACQUAINTANCE);
			}
			return subject;
		}
		catch (RuntimeException ex) {
			subject.close();
			throw ex;
		}
	}

	Bench bench() {
		return this.bench;
	}

	ContenderType type() {
		return this.type;
	}

	BenchmarkDatabase database() {
		return this.database;
	}

	List<Instance> instances() {
		return this.instances;
	}

	Instance first() {
		return this.instances.get(0);
	}

	/**
	 * Stores a backlog in empty tables and drains it.
	 * @param events the number of events
	 * @param keys their keys
	 * @param limit after which time to stop
	 * @return what came of it
	 */
	Drained drain(int events, Keys keys, Duration limit) {
		this.database.reset(this.type);
		return drainMore(events, keys, limit);
	}

	/**
	 * Stores a backlog in the tables as they are and drains it.
	 */
	Drained drainMore(int events, Keys keys, Duration limit) {
		try (Tally tally = record(events, false)) {
			first().fill(0, events, keys);
			return new Draining(this, tally, this.handling == Handling.INSERT).drain(events, limit);
		}
	}

	/**
	 * Lets a contender work that has just been started, so that its code is compiled and
	 * its connections are open: a few seconds, whoever is quick more often.
	 */
	void warmUp(int events, Duration limit) {
		long startedAt = System.nanoTime();
		boolean complete;
		do {
			complete = drain(events, Keys.THOUSAND, limit).complete();
		}
		while (complete && System.nanoTime() - startedAt < WARM_UP.toNanos());
	}

	/**
	 * Checks that what was emitted has been handled, or waits.
	 */
	void verify(Tally tally, long emitted, Row row) {
		long waiting = this.database.pending(this.type);
		long lost = emitted - tally.distinct() - waiting;
		if (lost > 0) {
			row.note("%d events lost".formatted(lost));
			this.bench.lost(this.type, lost,
					"%d emitted, %d handled, %d waiting".formatted(emitted, tally.distinct(), waiting));
		}
	}

	Tally record(int events, boolean withTimes) {
		Tally tally = Tally.create(events, withTimes);
		this.instances.forEach((instance) -> instance.recordIn(tally));
		return tally;
	}

	@Override
	public void close() {
		this.instances.forEach(Instance::close);
		this.database.close();
	}

}
