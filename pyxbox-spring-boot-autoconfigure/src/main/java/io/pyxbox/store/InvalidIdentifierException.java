package io.pyxbox.store;

import io.pyxbox.PyxboxException;

/**
 * Thrown at start-up for a configured schema or table name that pyxbox does not accept.
 */
public class InvalidIdentifierException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private final String property;

	private final String rule;

	InvalidIdentifierException(String property, String value, int maxLength) {
		super("'" + value + "' is not a valid value of '" + property + "'");
		this.property = property;
		this.rule = "1 to " + maxLength + " ASCII letters, digits and underscores, not starting with a digit";
	}

	/**
	 * Returns the property that holds the name.
	 * @return the property's key
	 */
	public String getProperty() {
		return this.property;
	}

	/**
	 * Returns what a valid name consists of.
	 * @return half a sentence
	 */
	public String getRule() {
		return this.rule;
	}

}
