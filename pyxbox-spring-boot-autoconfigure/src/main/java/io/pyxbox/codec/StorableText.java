package io.pyxbox.codec;

import io.pyxbox.InvalidEventException;

/**
 * What PostgreSQL can store: text of well-formed Unicode, without the character NUL,
 * neither as such nor escaped in JSON.
 */
public final class StorableText {

	private static final String ESCAPED_NUL = "\\u0000";

	private StorableText() {
	}

	/**
	 * Checks a text.
	 * @param text the text
	 * @param what what it is, for the message
	 * @throws InvalidEventException if PostgreSQL cannot store it
	 */
	public static void require(String text, String what) {
		utf8Length(text, what);
		if (text.indexOf('\0') >= 0) {
			throw nul(what);
		}
	}

	static void requireNoEscapedNul(String json, String what) {
		for (int at = json.indexOf(ESCAPED_NUL); at >= 0; at = json.indexOf(ESCAPED_NUL, at + 1)) {
			int backslashes = 0;
			while (at - 1 - backslashes >= 0 && json.charAt(at - 1 - backslashes) == '\\') {
				backslashes++;
			}
			// An even number of them are escaped backslashes, and this one begins an
			// escape.
			if (backslashes % 2 == 0) {
				throw nul(what);
			}
		}
	}

	static long utf8Length(String text, String what) {
		long length = 0;
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (c < 0x80) {
				length++;
			}
			else if (c < 0x800) {
				length += 2;
			}
			else if (!Character.isSurrogate(c)) {
				length += 3;
			}
			else if (Character.isHighSurrogate(c) && i + 1 < text.length()
					&& Character.isLowSurrogate(text.charAt(i + 1))) {
				length += 4;
				i++;
			}
			else {
				throw new InvalidEventException(what + " contains half of a surrogate pair at position " + i
						+ ", which is not a character and cannot be stored.");
			}
		}
		return length;
	}

	private static InvalidEventException nul(String what) {
		return new InvalidEventException(
				what + " contains the character NUL (U+0000), which PostgreSQL cannot store. Remove it.");
	}

}
