package io.pyxbox.benchmarks.report;

/**
 * Something that somebody else does better than pyxbox.
 *
 * @param work what is done, and what counts
 * @param contender who is better
 * @param factor by how much; more than 1
 * @param value what the contender has reached
 * @param ours what pyxbox has reached
 */
public record Advantage(String work, String contender, double factor, double value, double ours) {
}
