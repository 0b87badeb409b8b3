package io.pyxbox.benchmarks.report;

import java.util.List;

/**
 * What the tables mean for pyxbox.
 *
 * @param goals what it wants to reach, and whether it has
 * @param advantages what others do better
 */
public record Findings(List<Goal> goals, List<Advantage> advantages) {
}
