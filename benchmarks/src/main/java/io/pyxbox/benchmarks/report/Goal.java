package io.pyxbox.benchmarks.report;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * Something that pyxbox wants to reach, and what was measured.
 *
 * @param work what is done
 * @param atLeast whether the bound is a lower one
 * @param bound what to reach
 * @param unit what is counted
 * @param measured what was measured, {@code null} if nothing was
 */
public record Goal(String work, boolean atLeast, double bound, String unit, @Nullable Double measured) {

	/**
	 * Returns whether the goal has been reached.
	 * @return whether it has; not if nothing was measured
	 */
	public boolean isReached() {
		return this.measured != null && (this.atLeast ? this.measured >= this.bound : this.measured <= this.bound);
	}

	String aim() {
		return "%s %s %s".formatted(this.atLeast ? "at least" : "at most", text(this.bound), this.unit);
	}

	String result() {
		return (this.measured != null) ? text(this.measured) : "-";
	}

	String verdict() {
		return (this.measured == null) ? "not measured" : isReached() ? "yes" : "**no**";
	}

	/** With a digit more than tables have, or 0.796 would look as good as 0.8. */
	private static String text(double value) {
		String text = String.format(Locale.ROOT,
				(Math.abs(value) < 1) ? "%.3f" : (Math.abs(value) < 100) ? "%.2f" : "%,.0f", value);
		return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
	}

}
