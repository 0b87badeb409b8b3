package io.pyxbox.dispatch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.EventId;
import io.pyxbox.store.NewEvent;
import io.pyxbox.store.Subscription.Route;
import io.pyxbox.store.WakeUpChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class WakeUpTests {

	private static final UUID SENDER = UUID.randomUUID();

	@Test
	void saysOfWhatKindEventsAreAndInWhichBuckets() {
		WakeUp wakeUp = of(event("a", null, 0), event("a", null, 63), event("a", "", 1), event("a", "t", 2),
				event("b", "t", 3), event("a", null, 0));

		WakeUp heard = WakeUp.decode(wakeUp.encode());

		assertThat(heard).isEqualTo(wakeUp);
		assertThat(heard.isForEverything()).isFalse();
		assertThat(heard.buckets()).containsOnlyKeys(new Route("a", null), new Route("a", ""), new Route("a", "t"),
				new Route("b", "t"));
		assertThat(buckets(heard, new Route("a", null))).containsExactly(0, 63);
		assertThat(buckets(heard, new Route("b", "t"))).containsExactly(3);
	}

	@ParameterizedTest
	@ValueSource(strings = { "with blanks", "a/b", "a=b", "a+b%20", "ö€😀", "line\nline", "" })
	void passesOnWhateverNamesThereAre(String name) {
		WakeUp wakeUp = of(event("x" + name, name, 5), event("x" + name, null, 6));

		assertThat(WakeUp.decode(wakeUp.encode())).isEqualTo(wakeUp);
	}

	@Test
	void isForEverythingIfItWouldBeTooLong() {
		List<NewEvent> events = new ArrayList<>();
		for (int i = 0; i < 500; i++) {
			events.add(event("type-" + i, "topic-" + i, i % 64));
		}

		String text = of(events.toArray(NewEvent[]::new)).encode();

		assertThat(text.length()).isLessThanOrEqualTo(WakeUpChannel.MAX_LENGTH);
		assertThat(WakeUp.decode(text).isForEverything()).isTrue();
		assertThat(WakeUp.decode(text).sender()).isEqualTo(SENDER);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "x", "01a2110b-5bba-7e3c-ac81-a597812b69ff x",
			"01a2110b-5bba-7e3c-ac81-a597812b69ff x=y", "01a2110b-5bba-7e3c-ac81-a597812b69ff %=1" })
	void isForEverythingIfItIsNotUnderstood(String text) {
		assertThat(WakeUp.decode(text).isForEverything()).isTrue();
	}

	private static List<Integer> buckets(WakeUp wakeUp, Route kind) {
		List<Integer> buckets = new ArrayList<>();
		for (int bucket = 0; bucket < 64; bucket++) {
			if (WakeUp.contains(wakeUp.buckets().getOrDefault(kind, 0L), bucket)) {
				buckets.add(bucket);
			}
		}
		return buckets;
	}

	private static WakeUp of(NewEvent... events) {
		Map<Route, Long> buckets = new HashMap<>();
		WakeUp.collect(List.of(events), buckets);
		return new WakeUp(SENDER, buckets);
	}

	private static NewEvent event(String type, @Nullable String topic, int bucket) {
		return new NewEvent(bucket, new EventId(UUID.randomUUID()), type, topic, null, "{}", null);
	}

}
