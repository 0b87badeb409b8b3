package io.pyxbox.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

import io.pyxbox.store.WriterSample;

/**
 * Transactions that take the lock of the events table, draw ids, and then commit, roll
 * back or are prepared, in random order; and somebody who looks at them in two steps, as
 * {@code TableObserver} does, with anything happening in between.
 */
final class WriterSimulation {

	private static final int MAX_WRITERS = 6;

	private final Random random;

	private final Mark mark;

	private final boolean idsBeforeWriters;

	private final List<Writer> open = new ArrayList<>();

	private long lastDrawnId;

	private int names;

	private boolean looking;

	private WriterSample firstLook = new WriterSample(0, Set.of());

	private int committedIds;

	WriterSimulation(long seed, Mark mark, boolean idsBeforeWriters) {
		this.random = new Random(seed);
		this.mark = mark;
		this.idsBeforeWriters = idsBeforeWriters;
	}

	/**
	 * Runs some steps.
	 * @throws AssertionError if the mark has passed an id that becomes visible later
	 */
	void run(int steps) {
		for (int i = 0; i < steps; i++) {
			step();
		}
	}

	int committedIds() {
		return this.committedIds;
	}

	private void step() {
		int dice = this.random.nextInt(100);
		if (dice < 30) {
			look();
		}
		else if (this.open.isEmpty() || (dice < 45 && this.open.size() < MAX_WRITERS)) {
			this.open.add(new Writer(this.random.nextInt(50) + "/" + ++this.names + "/4711"));
		}
		else {
			write(this.open.get(this.random.nextInt(this.open.size())), dice);
		}
	}

	private void write(Writer writer, int dice) {
		if (dice < 75 && !writer.isPrepared()) {
			writer.ids.add(++this.lastDrawnId);
		}
		else if (dice < 78 && !writer.isPrepared()) {
			writer.name = "prepared/" + ++this.names + "/0";
		}
		else if (dice < 82) {
			this.open.remove(writer);
		}
		else if (dice < 90) {
			commit(writer);
		}
	}

	private void commit(Writer writer) {
		this.open.remove(writer);
		for (long id : writer.ids) {
			if (id <= this.mark.settled()) {
				throw new AssertionError(id + " becomes visible although " + this.mark.settled() + " was settled");
			}
			this.committedIds++;
		}
	}

	private void look() {
		WriterSample now = new WriterSample(this.lastDrawnId,
				this.open.stream().map((writer) -> writer.name).collect(Collectors.toSet()));
		if (this.looking) {
			this.mark.offer(this.idsBeforeWriters ? new WriterSample(this.firstLook.lastDrawnId(), now.writers())
					: new WriterSample(now.lastDrawnId(), this.firstLook.writers()));
		}
		this.firstLook = now;
		this.looking = !this.looking;
	}

	/**
	 * What is put to the test.
	 */
	interface Mark {

		void offer(WriterSample sample);

		long settled();

	}

	private static final class Writer {

		private final List<Long> ids = new ArrayList<>();

		private String name;

		Writer(String name) {
			this.name = name;
		}

		boolean isPrepared() {
			return this.name.startsWith("prepared/");
		}

	}

}
