package io.pyxbox.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What a run of the chaos tests found, as Markdown.
 *
 * @param seed of the faults
 * @param duration from the first fault to the last
 * @param drained how long it took until nothing waited any more
 * @param faults how often what went wrong
 * @param replacements processes that ended by themselves: their database was away when
 * they started
 * @param recoveries how long after each return of the server all instances delivered
 * @param warnings of the library in the logs of all instances, other than of dead letters
 * @param balance what came of the events
 */
record ChaosReport(long seed, Duration duration, Duration drained, Map<Fault, Integer> faults, int replacements,
		List<Duration> recoveries, long warnings, Balance balance) {

	@Override
	public String toString() {
		StringJoiner text = new StringJoiner("\n", "\n", "\n");
		text.add("# Chaos, seed " + this.seed);
		text.add("");
		text.add("| | |");
		text.add("|---|---:|");
		row(text, "events committed", this.balance.events());
		row(text, "under faults", seconds(this.duration));
		row(text, "drained after", seconds(this.drained));
		row(text, "faults", this.faults.values().stream().mapToInt(Integer::intValue).sum());
		this.faults.forEach((fault, count) -> row(text, "- " + fault, count));
		row(text, "processes that could not start", this.replacements);
		row(text, "delivering again after the server's return, p99", seconds(recovery(0.99)));
		row(text, "delivering again after the server's return, max", seconds(recovery(1)));
		row(text, "warnings", this.warnings);
		row(text, "dead letters expected", this.balance.deadLetters().expected());
		row(text, "dead letters missing", this.balance.deadLetters().missing());
		row(text, "dead letters unexpected", this.balance.deadLetters().unexpected());
		text.add("");
		text.add("| consumer | effects | lost | doubled | reordered | ghosts |");
		text.add("|---|---:|---:|---:|---:|---:|");
		this.balance.consumers()
			.forEach((consumer) -> text.add("| %s | %d | %d | %d | %d | %d |".formatted(consumer.name(),
					consumer.effects(), consumer.lost(), consumer.doubled(), consumer.reordered(), consumer.ghosts())));
		return text.toString();
	}

	private static void row(StringJoiner text, String name, Object value) {
		text.add("| " + name + " | " + value + " |");
	}

	private static String seconds(Duration duration) {
		return "%.1f s".formatted(duration.toMillis() / 1000.0);
	}

	private Duration recovery(double share) {
		List<Duration> sorted = this.recoveries.stream().sorted().toList();
		return sorted.isEmpty() ? Duration.ZERO : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
	}

}
