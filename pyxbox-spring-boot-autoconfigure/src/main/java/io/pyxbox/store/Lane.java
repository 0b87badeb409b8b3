package io.pyxbox.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

import io.pyxbox.ConsumerId;

/**
 * One consumer's events of one bucket: what is locked, read and completed together.
 *
 * @param consumer the consumer
 * @param bucket the bucket
 * @param lockKey the key of the advisory lock that admits one worker of all instances
 */
public record Lane(ConsumerId consumer, int bucket, long lockKey) {

	/**
	 * Returns a lane of a table.
	 * @param table the events table
	 * @param consumer the consumer
	 * @param bucket the bucket
	 * @return the lane, with a lock key that is the same in all instances and versions,
	 * and differs between tables
	 */
	public static Lane of(EventTable table, ConsumerId consumer, int bucket) {
		return new Lane(consumer, bucket, hash(table + "/" + consumer) << 6 | bucket);
	}

	/** A hash of anything that has to be the same in all instances and versions. */
	static long hash(String text) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
			return ByteBuffer.wrap(digest).getLong();
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

}
