package io.pyxbox.store;

import java.util.regex.Pattern;

/**
 * The validated names of the outbox's tables, all derived from the name of the events
 * table. Names are always quoted, so their case matters and no key word is in the way.
 *
 * @param schema the schema, not quoted
 * @param name the events table, not quoted
 */
public record EventTable(String schema, String name) {

	/**
	 * PostgreSQL cuts identifiers off at 63 bytes without an error; the longest derived
	 * name ({@code <name>_dead_letter_id_seq}) must stay below.
	 */
	private static final int MAX_NAME_LENGTH = 44;

	private static final int MAX_SCHEMA_LENGTH = 63;

	private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

	public EventTable {
		validate("pyxbox.schema-name", schema, MAX_SCHEMA_LENGTH);
		validate("pyxbox.table-name", name, MAX_NAME_LENGTH);
	}

	/**
	 * Checks a schema's name.
	 * @param name the value of {@code pyxbox.schema-name}
	 * @throws InvalidIdentifierException if it is not a valid name
	 */
	public static void validateSchemaName(String name) {
		validate("pyxbox.schema-name", name, MAX_SCHEMA_LENGTH);
	}

	/**
	 * Checks an events table's name.
	 * @param name the value of {@code pyxbox.table-name}
	 * @throws InvalidIdentifierException if it is not a valid name
	 */
	public static void validateTableName(String name) {
		validate("pyxbox.table-name", name, MAX_NAME_LENGTH);
	}

	private static void validate(String property, String value, int maxLength) {
		if (value.length() > maxLength || !IDENTIFIER.matcher(value).matches()) {
			throw new InvalidIdentifierException(property, value, maxLength);
		}
	}

	/**
	 * Returns the events table.
	 * @return the qualified and quoted name
	 */
	public String events() {
		return qualified("");
	}

	/**
	 * Returns the sequence that the ids of events are drawn from.
	 * @return the qualified and quoted name
	 */
	public String sequence() {
		return qualified("_id_seq");
	}

	/**
	 * Returns the table of failing deliveries.
	 * @return the qualified and quoted name
	 */
	public String retries() {
		return qualified("_retry");
	}

	/**
	 * Returns the table of dead letters.
	 * @return the qualified and quoted name
	 */
	public String deadLetters() {
		return qualified("_dead_letter");
	}

	/**
	 * Returns the table of what each consumer takes.
	 * @return the qualified and quoted name
	 */
	public String consumers() {
		return qualified("_consumer");
	}

	/**
	 * Returns the table of deliveries that a crash would be blamed on.
	 * @return the qualified and quoted name
	 */
	public String inFlight() {
		return qualified("_in_flight");
	}

	/**
	 * Returns the table of messages that were received.
	 * @return the qualified and quoted name
	 */
	public String received() {
		return qualified("_inbox");
	}

	/**
	 * Returns the table of up to where logs were received.
	 * @return the qualified and quoted name
	 */
	public String receivedOffsets() {
		return qualified("_inbox_offset");
	}

	/**
	 * Returns the table in which the migrations that have run are recorded.
	 * @return the name, neither qualified nor quoted
	 */
	public String historyName() {
		return this.name + "_history";
	}

	@Override
	public String toString() {
		return this.schema + "." + this.name;
	}

	private String qualified(String suffix) {
		return '"' + this.schema + "\".\"" + this.name + suffix + '"';
	}

}
