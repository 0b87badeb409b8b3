package io.pyxbox.benchmarks.report;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is written as JSON: all values of all repetitions, for whoever wants other figures
 * than medians.
 *
 * @param environment what it was measured on, how, and when
 * @param contenders who was measured
 * @param findings what the tables mean
 * @param workloads the tables
 * @param errors what went wrong
 */
record Results(Map<String, String> environment, Map<String, String> contenders, Findings findings,
		List<Table> workloads, List<String> errors) {

	static Results of(Report report) {
		return new Results(report.environment(), report.contenders(), report.findings(),
				report.sections().stream().map(Table::of).toList(), report.errors());
	}

	/**
	 * A table.
	 *
	 * @param name its name
	 * @param about what was done
	 * @param units what was measured, by key
	 * @param results the rows
	 */
	record Table(String name, String about, List<Column> units, List<Result> results) {

		static Table of(Section section) {
			return new Table(section.name(), section.about(), section.columns(),
					section.rows()
						.stream()
						.map((row) -> new Result(row.contender(), row.events(), row.values(), row.notes()))
						.toList());
		}

	}

	/**
	 * A row.
	 *
	 * @param contender who
	 * @param events on how many events
	 * @param values all values, by key
	 * @param notes what readers must know
	 */
	record Result(String contender, int events, Map<String, List<Double>> values, Set<String> notes) {
	}

}
