package io.pyxbox.codec;

import java.math.BigDecimal;

import io.pyxbox.InvalidEventException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
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

	private static final int LONG_EXPONENT = 5;

	private static final JsonFactory FACTORY = JsonFactory.builder()
		.streamReadConstraints(StreamReadConstraints.builder()
			.maxNumberLength(Integer.MAX_VALUE)
			.maxStringLength(Integer.MAX_VALUE)
			.build())
		.build();

	private StorableNumbers() {
	}

	static void require(String json, String what) {
		if (json.length() < SUSPICIOUS_LENGTH && !hasLongExponent(json)) {
			return;
		}
		try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
			for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
				if (token.isNumeric() && !isStorable(new BigDecimal(parser.getString()))) {
					throw new InvalidEventException(what + " contains a number that is too large or too precise for "
							+ "PostgreSQL, in the property '" + parser.currentName() + "'. Emit it as a text.");
				}
			}
		}
	}

	/** By hand, because every event is searched: a pattern takes ten times as long. */
	private static boolean hasLongExponent(String json) {
		for (int i = 1; i < json.length(); i++) {
			if ((json.charAt(i) | 0x20) == 'e' && isDigit(json, i - 1)) {
				int first = isSign(json, i + 1) ? i + 2 : i + 1;
				int end = first;
				while (isDigit(json, end)) {
					end++;
				}
				if (end - first >= LONG_EXPONENT) {
					return true;
				}
			}
		}
		return false;
	}

	private static boolean isSign(String json, int position) {
		return position < json.length() && (json.charAt(position) == '+' || json.charAt(position) == '-');
	}

	private static boolean isDigit(String json, int position) {
		return position < json.length() && json.charAt(position) >= '0' && json.charAt(position) <= '9';
	}

	private static boolean isStorable(BigDecimal number) {
		return number.scale() <= MAX_FRACTION_DIGITS
				&& (long) number.precision() - number.scale() <= MAX_INTEGER_DIGITS;
	}

}
