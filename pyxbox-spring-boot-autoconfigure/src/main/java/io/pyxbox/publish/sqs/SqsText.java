package io.pyxbox.publish.sqs;

/**
 * What SQS takes as text: the characters that XML has.
 */
final class SqsText {

	private SqsText() {
	}

	static boolean isAllowed(String text) {
		return text.codePoints().allMatch(SqsText::isAllowed);
	}

	private static boolean isAllowed(int character) {
		return (character >= 0x20 && character <= 0xD7FF) || (character >= 0xE000 && character <= 0xFFFD)
				|| character >= 0x10000 || character == '\t' || character == '\n' || character == '\r';
	}

	/**
	 * JSON that means the same. All that SQS does not take, and that JSON may have at
	 * all, is in its texts, where it can be escaped.
	 */
	static String ofJson(String json) {
		if (isAllowed(json)) {
			return json;
		}
		StringBuilder escaped = new StringBuilder(json.length() + 16);
		for (char each : json.toCharArray()) {
			if (Character.isSurrogate(each) || isAllowed(each)) {
				escaped.append(each);
			}
			else {
				escaped.append("\\u").append(String.format("%04x", (int) each));
			}
		}
		return escaped.toString();
	}

}
