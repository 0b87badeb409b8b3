package io.pyxbox.publish;

import java.util.Map;
import java.util.TreeMap;

import tools.jackson.databind.json.JsonMapper;

/**
 * Headers as one text, for where they find no place under their own names.
 */
public final class HeadersText {

	private HeadersText() {
	}

	/**
	 * Writes headers.
	 * @param headers the headers
	 * @return a JSON object with their names and values
	 */
	public static String of(Map<String, String> headers) {
		return JsonMapper.shared().writeValueAsString(new TreeMap<>(headers));
	}

}
