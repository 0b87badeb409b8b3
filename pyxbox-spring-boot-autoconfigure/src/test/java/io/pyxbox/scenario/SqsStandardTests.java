package io.pyxbox.scenario;

import java.util.Comparator;
import java.util.List;

/**
 * The promises for events that leave for SQS, into queues that keep no order.
 */
class SqsStandardTests extends SqsTests {

	@Override
	String newTopic(int number) {
		return "standard-" + number;
	}

	@Override
	int keysOfAPile() {
		return 1_000;
	}

	/** The same requests take five times as many to the queues that keep an order. */
	@Override
	int eventsOfAPile() {
		return 10_000;
	}

	@Override
	boolean leavesOutRepeats() {
		return false;
	}

	/** Whatever the order is. */
	@Override
	List<String> violations(List<Counted> received, int keys, int perKey) {
		return super.violations(received.stream().sorted(Comparator.comparingInt(Counted::number)).toList(), keys,
				perKey);
	}

}
