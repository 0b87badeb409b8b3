package io.pyxbox.benchmarks.report;

import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PageTests {

	@Test
	void partsAreReplacedAndTheRestStays() {
		String page = """
				# Performance

				<!-- begin: goals -->
				old
				<!-- end: goals -->

				Written by hand: $1.

				<!-- begin: drain -->
				<!-- end: drain -->
				""";

		String filledIn = Page.fillIn(page, Map.of("goals", "costs $2\n", "drain", "| fast |\n"));

		assertThat(filledIn).isEqualTo("""
				# Performance

				<!-- begin: goals -->

				costs $2

				<!-- end: goals -->

				Written by hand: $1.

				<!-- begin: drain -->

				| fast |

				<!-- end: drain -->
				""");
		assertThat(Page.fillIn(filledIn, Map.of("goals", "costs $2\n", "drain", "| fast |\n"))).isEqualTo(filledIn);
	}

	@Test
	void whatAnEarlierRunHasMeasuredDoesNotStayBesideThisOne() {
		String page = "<!-- begin: idle -->\n| 120 |\n<!-- end: idle -->\n";

		assertThat(Page.fillIn(page, Map.of())).contains("Not measured.").doesNotContain("120");
	}

}
