package io.pyxbox;

import java.time.Instant;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

class DeadLetterFilterTests {

	private static final Instant TIME = Instant.parse("2030-01-01T00:00:00Z");

	@Test
	void keepsWhatWasSetBefore() {
		DeadLetterFilter filter = DeadLetterFilter.all()
			.withFailedBefore(TIME.plusSeconds(1))
			.withFailedFrom(TIME)
			.withPartitionKey("key")
			.withType("T")
			.withConsumer(new ConsumerId("mail"));

		assertThat(filter)
			.isEqualTo(new DeadLetterFilter(new ConsumerId("mail"), "T", "key", TIME, TIME.plusSeconds(1)));
		assertThat(DeadLetterFilter.all()).isEqualTo(new DeadLetterFilter(null, null, null, null, null));
	}

	@Test
	void refusesWhatNothingCanMatchAndSaysWhatItIs() {
		DeadLetterFilter all = DeadLetterFilter.all();

		assertThatIllegalArgumentException().isThrownBy(() -> all.withType("")).withMessageContaining("type");
		assertThatIllegalArgumentException().isThrownBy(() -> all.withType("a\0")).withMessageContaining("type");
		assertThatIllegalArgumentException().isThrownBy(() -> all.withPartitionKey("\0"))
			.withMessageContaining("partitionKey");
		assertThatIllegalArgumentException().isThrownBy(() -> all.withFailedFrom(TIME).withFailedBefore(TIME))
			.withMessageContaining("failedFrom (2030-01-01T00:00:00Z) must be earlier than failedBefore");
		assertThatIllegalArgumentException().isThrownBy(() -> all.withFailedFrom(Instant.MIN))
			.withMessageContaining("failedFrom");
		assertThatIllegalArgumentException().isThrownBy(() -> all.withFailedBefore(Instant.MAX))
			.withMessageContaining("failedBefore");
		assertThatNullPointerException().isThrownBy(() -> all.withType(null)).withMessage("type");
	}

	@Test
	void allowsAnEmptyPartitionKeyWhichIsNotThatOfEventsWithoutOne() {
		assertThat(DeadLetterFilter.all().withPartitionKey("").partitionKey()).isEmpty();
	}

}
