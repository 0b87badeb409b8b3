package io.pyxbox.benchmarks.contender;

/**
 * The database that a contender works on.
 *
 * @param jdbcUrl its URL
 * @param username a user who may create tables
 * @param password the user's password
 */
public record Target(String jdbcUrl, String username, String password) {
}
