package io.pyxbox;

/**
 * The name of a consumer: the unit of progress, by default one listener method.
 *
 * @param value the name, as it stands in the database
 */
public record ConsumerId(String value) {

	private static final int MAX_LENGTH = 200;

	public ConsumerId {
		if (value.isBlank() || value.length() > MAX_LENGTH || value.indexOf('\0') >= 0) {
			throw new IllegalArgumentException("A consumer's name must have 1 to " + MAX_LENGTH
					+ " characters and no NUL, but is '" + value + "'");
		}
	}

	@Override
	public String toString() {
		return this.value;
	}

}
