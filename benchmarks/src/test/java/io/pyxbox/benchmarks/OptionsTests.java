package io.pyxbox.benchmarks;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.workload.Workload;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class OptionsTests {

	@Test
	void everythingIsDoneByEverybodyUnlessSomethingElseIsAskedFor() {
		Options options = Options.parse();

		assertThat(options.workloads()).hasSameSizeAs(Workload.all());
		assertThat(options.contenders()).containsExactly(ContenderType.values());
	}

	@Test
	void theBeginningOfNamesMeansAllOfThem() {
		Options options = Options.parse("--contenders=namastack,hand");

		assertThat(options.contenders()).containsExactly(ContenderType.NAMASTACK_DEFAULT, ContenderType.NAMASTACK_TUNED,
				ContenderType.HAND);
	}

	@Test
	void workloadsRunInTheirOwnOrder() {
		Options options = Options.parse("--workloads=idle,emit");

		assertThat(options.workloads()).extracting(Workload::name).containsExactly("emit", "idle");
	}

	@Test
	void whatIsNotKnownIsRefusedTogetherWithWhatIs() {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--workloads=drian"))
			.withMessageContainingAll("drian", "drain-insert");
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--contenders=quartz"))
			.withMessageContainingAll("quartz", "db-scheduler-tuned");
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--repetitions=0"))
			.withMessageContaining("--repetitions=0");
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--fast"))
			.withMessageContainingAll("--fast", "--workloads");
	}

	@Test
	void theHelpNamesEverything() {
		assertThat(Options.help()).contains(Workload.all().stream().map(Workload::name).toList());
		for (ContenderType type : ContenderType.values()) {
			assertThat(Options.help()).contains(type.title());
		}
	}

}
