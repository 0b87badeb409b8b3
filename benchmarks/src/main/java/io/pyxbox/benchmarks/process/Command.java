package io.pyxbox.benchmarks.process;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.contender.Target;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;

/**
 * What an instance is told to do: one line of JSON.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "command")
@JsonSubTypes({ @JsonSubTypes.Type(value = Command.Start.class, name = "start"),
		@JsonSubTypes.Type(value = Command.Record.class, name = "record"),
		@JsonSubTypes.Type(value = Command.Fill.class, name = "fill"),
		@JsonSubTypes.Type(value = Command.EmitFor.class, name = "emit-for"),
		@JsonSubTypes.Type(value = Command.EmitPaced.class, name = "emit-paced"),
		@JsonSubTypes.Type(value = Command.EmitInOrder.class, name = "emit-in-order"),
		@JsonSubTypes.Type(value = Command.Consume.class, name = "consume") })
sealed interface Command {

	/**
	 * Starts the contender; the first command, and only once.
	 *
	 * @param type who
	 * @param target on which database
	 * @param handling what its handler does
	 */
	record Start(ContenderType type, Target target, Handling handling) implements Command {
	}

	/**
	 * Records what is handled from now on.
	 *
	 * @param file the shared record
	 * @param capacity the number of events
	 * @param withTimes whether to record times
	 */
	record Record(String file, int capacity, boolean withTimes) implements Command {
	}

	/**
	 * Stores a backlog, without business.
	 *
	 * @param from the first number
	 * @param to the number after the last one
	 * @param keys the keys
	 */
	record Fill(int from, int to, Keys keys) implements Command {
	}

	/**
	 * Runs business transactions with two threads for a while. The answer is the number
	 * of transactions.
	 *
	 * @param raw whether they write to an outbox by raw inserts, instead of emitting
	 * @param events the number of events in each
	 * @param seconds how long
	 */
	record EmitFor(boolean raw, int events, double seconds) implements Command {
	}

	/**
	 * Runs business transactions of one event each at fixed times, in one thread. The
	 * answer is by how many milliseconds the latest one began too late.
	 *
	 * @param count how many
	 * @param perSecond how many per second
	 */
	record EmitPaced(int count, int perSecond) implements Command {
	}

	/**
	 * Runs business transactions of some events each, in one thread, as fast as possible.
	 *
	 * @param from the first number
	 * @param to the number after the last one
	 * @param step from one number to the next
	 * @param events the number of events in each
	 * @param keys the keys
	 */
	record EmitInOrder(int from, int to, int step, int events, Keys keys) implements Command {
	}

	/**
	 * Starts or stops the consumption of events.
	 *
	 * @param consume whether to consume
	 */
	record Consume(boolean consume) implements Command {
	}

}
