package io.pyxbox.benchmarks.event;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/**
 * What became of the events of one run: memory that the coordinator and all JVMs of the
 * run share, so that handling an event costs every contender the same few nanoseconds,
 * looking at the progress disturbs nobody, and several instances are counted together.
 * <p>
 * An event is known by its number. With {@link #withTimes() times} it also has the wall
 * clock of when its transaction had been committed and when its handling began: the JVMs
 * of one machine have that clock in common. Thread-safe.
 */
public final class Tally implements AutoCloseable {

	private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

	private static final int DISTINCT = 0;

	private static final int FIRST = Long.BYTES;

	private static final int HEADER = 64;

	/** When it was committed, and when its handling began. */
	private static final int TIMES_OF_ONE = 2 * Long.BYTES;

	private static final Path MEMORY = Path.of("/dev/shm");

	private final Path file;

	private final int capacity;

	private final boolean withTimes;

	private final ByteBuffer memory;

	/**
	 * Opens a record.
	 * @param file the file that is shared
	 * @param capacity the number of events
	 * @param withTimes whether to record when what happened
	 */
	public Tally(Path file, int capacity, boolean withTimes) {
		this.file = file;
		this.capacity = capacity;
		this.withTimes = withTimes;
		int size = timesOffset(capacity) + (withTimes ? capacity * TIMES_OF_ONE : 0);
		try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
				StandardOpenOption.WRITE)) {
			this.memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Creates an empty record; in memory where the system has a directory for that, so
	 * that the disk is left to PostgreSQL.
	 * @param capacity the number of events
	 * @param withTimes whether to record when what happened
	 * @return the record
	 */
	public static Tally create(int capacity, boolean withTimes) {
		try {
			Path file = Files.isWritable(MEMORY) ? Files.createTempFile(MEMORY, "pyxbox-benchmark", ".tally")
					: Files.createTempFile("pyxbox-benchmark", ".tally");
			file.toFile().deleteOnExit();
			return new Tally(file, capacity, withTimes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Records that the transaction of an event has been committed.
	 * @param number the event
	 */
	public void committed(int number) {
		if (this.withTimes) {
			LONGS.setRelease(this.memory, timesOf(number), now());
		}
	}

	/**
	 * Records that the handling of an event begins.
	 * @param number the event
	 */
	public void started(int number) {
		if (this.withTimes) {
			LONGS.compareAndSet(this.memory, timesOf(number) + Long.BYTES, 0L, now());
		}
	}

	/**
	 * Records that an event has been handled.
	 * @param number the event
	 */
	public void ended(int number) {
		if ((int) INTS.getAndAdd(this.memory, HEADER + number * Integer.BYTES, 1) == 0) {
			if ((long) LONGS.getAndAdd(this.memory, DISTINCT, 1L) == 0) {
				LONGS.compareAndSet(this.memory, FIRST, 0L, now());
			}
		}
	}

	/**
	 * Returns how many events have been handled.
	 * @return a number of distinct events
	 */
	public long distinct() {
		return (long) LONGS.getVolatile(this.memory, DISTINCT);
	}

	/**
	 * Returns how often events have been handled that had been handled before. Can be
	 * asked while somebody is still at it.
	 * @return a number of handlings
	 */
	public long duplicates() {
		long duplicates = 0;
		for (int number = 0; number < this.capacity; number++) {
			duplicates += Math.max(0, (int) INTS.getVolatile(this.memory, HEADER + number * Integer.BYTES) - 1);
		}
		return duplicates;
	}

	/**
	 * Returns when the first event had been handled.
	 * @return wall clock in nanoseconds, 0 if there was none
	 */
	public long firstAt() {
		return (long) LONGS.getVolatile(this.memory, FIRST);
	}

	/**
	 * Returns when the transaction of an event had been committed.
	 * @param number the event
	 * @return wall clock in nanoseconds, 0 if that is not known
	 */
	public long committedAt(int number) {
		return (long) LONGS.getVolatile(this.memory, timesOf(number));
	}

	/**
	 * Returns when the handling of an event began for the first time.
	 * @param number the event
	 * @return wall clock in nanoseconds, 0 if it has not
	 */
	public long startedAt(int number) {
		return (long) LONGS.getVolatile(this.memory, timesOf(number) + Long.BYTES);
	}

	/**
	 * Returns the file that is shared.
	 * @return the file
	 */
	public Path file() {
		return this.file;
	}

	/**
	 * Returns the number of events that there is room for.
	 * @return the capacity
	 */
	public int capacity() {
		return this.capacity;
	}

	/**
	 * Returns whether times are recorded.
	 * @return whether they are
	 */
	public boolean withTimes() {
		return this.withTimes;
	}

	/**
	 * Deletes the file. Who has opened the record can go on with it.
	 */
	@Override
	public void close() {
		this.file.toFile().delete();
	}

	/**
	 * Returns the wall clock.
	 * @return nanoseconds since 1970
	 */
	public static long now() {
		Instant now = Instant.now();
		return now.getEpochSecond() * 1_000_000_000L + now.getNano();
	}

	private int timesOf(int number) {
		return timesOffset(this.capacity) + number * TIMES_OF_ONE;
	}

	private static int timesOffset(int capacity) {
		return HEADER + (capacity * Integer.BYTES + HEADER - 1) / HEADER * HEADER;
	}

}
