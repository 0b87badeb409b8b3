package io.pyxbox.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.workload.Workload;

/**
 * What was asked for.
 *
 * @param workloads what to do
 * @param contenders who does it
 * @param repetitions how often
 * @param events the size of a large backlog
 * @param output where results go
 */
record Options(List<Workload> workloads, List<ContenderType> contenders, int repetitions, int events, Path output) {

	private static final String WORKLOADS = "--workloads=";

	private static final String CONTENDERS = "--contenders=";

	private static final String REPETITIONS = "--repetitions=";

	private static final String EVENTS = "--events=";

	private static final String OUTPUT = "--output=";

	/** What contenders print is nobody's result. */
	static final Path LOGS = Path.of("benchmarks", "target", "benchmarks", "logs");

	private static final int FEWEST_EVENTS = 1_000;

	/**
	 * Reads arguments.
	 * @param arguments as in the help
	 * @return the options
	 * @throws IllegalArgumentException if one of them means nothing; the message says
	 * what would
	 */
	static Options parse(String... arguments) {
		Options options = new Options(Workload.all(), List.of(ContenderType.values()), 3, 200_000,
				Path.of("benchmarks", "target", "benchmarks"));
		for (String argument : arguments) {
			options = options.with(argument);
		}
		return options;
	}

	private Options with(String argument) {
		if (argument.startsWith(WORKLOADS)) {
			return new Options(workloads(value(argument)), this.contenders, this.repetitions, this.events, this.output);
		}
		if (argument.startsWith(CONTENDERS)) {
			return new Options(this.workloads, contenders(value(argument)), this.repetitions, this.events, this.output);
		}
		if (argument.startsWith(REPETITIONS)) {
			return new Options(this.workloads, this.contenders, number(argument, 1), this.events, this.output);
		}
		if (argument.startsWith(EVENTS)) {
			return new Options(this.workloads, this.contenders, this.repetitions, number(argument, FEWEST_EVENTS),
					this.output);
		}
		if (argument.startsWith(OUTPUT)) {
			return new Options(this.workloads, this.contenders, this.repetitions, this.events,
					Path.of(value(argument)));
		}
		throw new IllegalArgumentException("'%s' is not an option.%n%n%s".formatted(argument, help()));
	}

	private static String value(String argument) {
		return argument.substring(argument.indexOf('=') + 1);
	}

	private static int number(String argument, int least) {
		try {
			int number = Integer.parseInt(value(argument).replace("_", ""));
			if (number >= least) {
				return number;
			}
		}
		catch (NumberFormatException ex) {
			// As wrong as a number that is too small.
		}
		throw new IllegalArgumentException("'%s' must be a number from %d on.".formatted(argument, least));
	}

	private static List<Workload> workloads(String names) {
		List<String> wanted = List.of(names.split(","));
		List<String> known = Workload.all().stream().map(Workload::name).toList();
		wanted.forEach((name) -> require(known.contains(name), "workload", name, known));
		return Workload.all().stream().filter((workload) -> wanted.contains(workload.name())).toList();
	}

	private static List<ContenderType> contenders(String names) {
		List<String> known = Stream.of(ContenderType.values()).map(ContenderType::title).toList();
		List<ContenderType> chosen = new ArrayList<>();
		for (String name : names.split(",")) {
			List<ContenderType> meant = Stream.of(ContenderType.values())
				.filter((type) -> type.title().equals(name) || type.title().startsWith(name + "-"))
				.toList();
			require(!meant.isEmpty(), "contender", name, known);
			chosen.addAll(meant);
		}
		return chosen;
	}

	private static void require(boolean isKnown, String what, String name, List<String> known) {
		if (!isKnown) {
			throw new IllegalArgumentException(
					"There is no %s '%s'. There are: %s".formatted(what, name, String.join(", ", known)));
		}
	}

	/**
	 * Returns what can be asked for.
	 * @return some lines
	 */
	static String help() {
		StringBuilder help = new StringBuilder("""
				mvn -pl benchmarks -am spring-boot:run -Dspring-boot.run.arguments="[options]"

				  --workloads=a,b     what to do; everything by default, which takes about 35 minutes on two cores
				  --contenders=a,b    who does it; "pyxbox" means pyxbox-chunk, pyxbox-list and pyxbox-100, too
				  --repetitions=3     how often everything is measured; medians are shown
				  --events=200000     the size of a large backlog; small ones have 20,000 at most
				  --output=DIR        where results and charts go, from the root of the project;
				                      benchmarks/target/benchmarks by default

				Workloads:
				""");
		Workload.all().forEach((workload) -> help.append("  %-20s%s%n".formatted(workload.name(), workload.about())));
		help.append("\nContenders:\n");
		for (ContenderType type : ContenderType.values()) {
			help.append("  %-20s %s%n".formatted(type.title(), type.settings()));
		}
		return help.toString();
	}

	/**
	 * Returns how to ask for the same again.
	 * @return arguments
	 */
	static String command(String... arguments) {
		String run = "mvn -pl benchmarks -am spring-boot:run";
		return (arguments.length == 0) ? run
				: run + " -Dspring-boot.run.arguments=\"" + String.join(" ", arguments) + "\"";
	}

}
