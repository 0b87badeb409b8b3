package io.pyxbox.codec;

import java.math.BigDecimal;
import java.util.regex.Pattern;

import io.pyxbox.InvalidEventException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * The numbers that PostgreSQL can store in a {@code jsonb}: those of its type
 * {@code numeric}, with up to 131,072 digits before the decimal point and 16,383 after it
 * (PostgreSQL's documentation, "Numeric Types").
 */
final class StorableNumbers {

	private static final int MAX_INTEGER_DIGITS = 131_072;

	private static final int MAX_FRACTION_DIGITS = 16_383;

	/** No shorter text has a number beyond the limits, unless it has a long exponent. */
	private static final int SUSPICIOUS_LENGTH = MAX_FRACTION_DIGITS;

	private static final Pattern LONG_EXPONENT = Pattern.compile("[0-9][eE][+-]?[0-9]{5}");

	private static final JsonFactory FACTORY = JsonFactory.builder()
		.streamReadConstraints(StreamReadConstraints.builder()
			.maxNumberLength(Integer.MAX_VALUE)
			.maxStringLength(Integer.MAX_VALUE)
			.build())
		.build();

	private StorableNumbers() {
	}

	static void require(String json, String what) {
		if (json.length() < SUSPICIOUS_LENGTH && !LONG_EXPONENT.matcher(json).find()) {
			return;
		}
		try (JsonParser parser = FACTORY.createParser(json)) {
			for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
				if (token.isNumeric() && !isStorable(new BigDecimal(parser.getString()))) {
					throw new InvalidEventException(what + " contains a number that is too large or too precise for "
							+ "PostgreSQL, in the property '" + parser.currentName() + "'. Emit it as a text.");
				}
			}
		}
	}

	private static boolean isStorable(BigDecimal number) {
		return number.scale() <= MAX_FRACTION_DIGITS
				&& (long) number.precision() - number.scale() <= MAX_INTEGER_DIGITS;
	}

}
