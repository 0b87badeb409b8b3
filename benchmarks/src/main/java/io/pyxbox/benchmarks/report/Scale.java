package io.pyxbox.benchmarks.report;

import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Where values stand on an axis.
 *
 * @param marks the values that are marked; the first one is where the axis begins
 * @param end where it ends
 * @param logarithmic whether each mark is ten times the one before it
 */
record Scale(List<Double> marks, double end, boolean logarithmic) {

	private static final int MOST_MARKS = 6;

	static Scale of(List<Double> values, boolean logarithmic) {
		double largest = values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
		return logarithmic ? logarithmic(values, largest) : linear(Math.max(largest, Double.MIN_NORMAL));
	}

	private static Scale linear(double largest) {
		double magnitude = Math.pow(10, Math.floor(Math.log10(largest / MOST_MARKS)));
		double step = DoubleStream.of(1, 2, 5, 10)
			.map((factor) -> factor * magnitude)
			.filter((candidate) -> largest / candidate <= MOST_MARKS)
			.findFirst()
			.orElse(10 * magnitude);
		return new Scale(DoubleStream.iterate(0, (mark) -> mark <= largest, (mark) -> mark + step).boxed().toList(),
				largest, false);
	}

	private static Scale logarithmic(List<Double> values, double largest) {
		double smallest = values.stream().mapToDouble(Double::doubleValue).filter((value) -> value > 0).min().orElse(1);
		double start = Math.pow(10, Math.floor(Math.log10(smallest / 1.5)));
		double end = Math.max(largest, 10 * start);
		return new Scale(DoubleStream.iterate(start, (mark) -> mark <= end, (mark) -> mark * 10).boxed().toList(), end,
				true);
	}

	/**
	 * Returns where a value stands.
	 * @param value the value
	 * @return from 0 to 1
	 */
	double position(double value) {
		double start = this.marks.get(0);
		double position = this.logarithmic ? Math.log(Math.max(value, start) / start) / Math.log(this.end / start)
				: value / this.end;
		return Math.min(1, Math.max(0, position));
	}

}
