package io.pyxbox.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.report.Findings;
import io.pyxbox.benchmarks.report.Markdown;
import io.pyxbox.benchmarks.report.Report;
import io.pyxbox.benchmarks.report.Section;
import io.pyxbox.benchmarks.server.BenchmarkServer;
import io.pyxbox.benchmarks.workload.Advantages;
import io.pyxbox.benchmarks.workload.Bench;
import io.pyxbox.benchmarks.workload.Goals;
import io.pyxbox.benchmarks.workload.Workload;

/**
 * Measures pyxbox beside its contenders, prints tables, and writes them together with all
 * values and charts. {@code --help} says what can be chosen.
 * <p>
 * This JVM only coordinates: each instance of a contender runs in one of its own.
 */
public final class Benchmarks {

	private Benchmarks() {
	}

	/**
	 * Runs the benchmarks, and ends the JVM with 1 if something was lost or failed.
	 * @param arguments see {@code --help}
	 */
	public static void main(String[] arguments) {
		// Reports look the same everywhere.
		Locale.setDefault(Locale.ROOT);
		if (List.of(arguments).contains("--help")) {
			System.out.println(Options.help());
			return;
		}
		try {
			Options options = Options.parse(arguments);
			if (!run(options, Options.command(arguments)).isEmpty()) {
				System.exit(1);
			}
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.exit(2);
		}
	}

	private static List<String> run(Options options, String command) {
		long startedAt = System.nanoTime();
		try (BenchmarkServer server = BenchmarkServer.start()) {
			Bench bench = new Bench(server, options.events(), options.repetitions(), options.contenders()::contains,
					Options.LOGS);
			Map<String, String> environment = Environment.describe(server, options, command);
			environment.forEach((name, value) -> System.out.println("- " + name + ": " + value));
			List<Section> sections = new ArrayList<>();
			for (Workload workload : options.workloads()) {
				for (Section section : bench.run(workload)) {
					sections.add(section);
					System.out.println("\n" + Markdown.of(section));
				}
				environment.put("Took", Duration.ofNanos(System.nanoTime() - startedAt).toMinutes() + " minutes");
				// After each workload, for those who cannot wait.
				new Report(environment, describe(options.contenders()), sections, findings(sections), bench.errors())
					.write(options.output());
			}
			System.out.println("\n" + Markdown.goals(Goals.of(sections)));
			bench.progress("Results are in " + options.output().toAbsolutePath());
			bench.errors().forEach((error) -> System.out.println("ERROR: " + error));
			return bench.errors();
		}
	}

	private static Findings findings(List<Section> sections) {
		return new Findings(Goals.of(sections), Advantages.of(sections));
	}

	private static Map<String, String> describe(List<ContenderType> contenders) {
		Map<String, String> description = new LinkedHashMap<>();
		contenders.forEach((type) -> description.put(type.title(), type.version() + "; " + type.settings()));
		return description;
	}

}
