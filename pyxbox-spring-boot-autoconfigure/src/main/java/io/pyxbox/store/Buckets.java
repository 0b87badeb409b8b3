package io.pyxbox.store;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * The fixed set of buckets that events are spread over. The number and the hash can never
 * change: events in flight would lose their order.
 */
public final class Buckets {

	/**
	 * How many buckets there are.
	 */
	public static final int COUNT = 64;

	private Buckets() {
	}

	/**
	 * Returns the bucket of a partition key.
	 * @param partitionKey the key
	 * @return a number from 0 to {@link #COUNT} - 1, the same on every machine for ever
	 */
	public static int of(String partitionKey) {
		CRC32C hash = new CRC32C();
		hash.update(partitionKey.getBytes(StandardCharsets.UTF_8));
		return (int) (hash.getValue() & (COUNT - 1));
	}

}
