package io.pyxbox.publish.aws;

/**
 * How much goes into a request.
 *
 * @param records how many records at most
 * @param bytes how large they may be together
 * @param bytesOfOne a record that is larger goes alone, whatever the other limit says:
 * the service may take it or not
 */
public record RequestLimits(int records, long bytes, long bytesOfOne) {
}
