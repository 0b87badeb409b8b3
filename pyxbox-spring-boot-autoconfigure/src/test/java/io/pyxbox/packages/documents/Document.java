package io.pyxbox.packages.documents;

import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.OutboxEvent;

/**
 * What is in this package: two events, and a class that is none.
 */
public interface Document {

	@OutboxEvent(type = "invoice", aliases = "bill")
	record Invoice(int number) implements Document {
	}

	@OutboxEvent
	record Receipt(int number) implements Document {
	}

	/** Would tell if somebody made one of it. */
	record Draft(int number) implements Document {

		public static final AtomicInteger MADE = new AtomicInteger();

		public Draft {
			MADE.incrementAndGet();
		}

	}

}
