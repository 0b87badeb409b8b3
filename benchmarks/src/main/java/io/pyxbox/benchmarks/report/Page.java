package io.pyxbox.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page that people write, with parts that a report fills in: what is between
 * {@code <!-- begin: name -->} and {@code <!-- end: name -->}. All parts are of the same
 * run; those that it has nothing for say so.
 */
final class Page {

	private static final Pattern PART = Pattern.compile("<!-- begin: (\\S+) -->\n.*?<!-- end: \\1 -->", Pattern.DOTALL);

	private static final String NOTHING = "Not measured.\n";

	private Page() {
	}

	/**
	 * Fills in a page, if there is one.
	 * @param page where it is
	 * @param parts Markdown by name
	 */
	static void update(Path page, Map<String, String> parts) throws IOException {
		if (Files.exists(page)) {
			Files.writeString(page, fillIn(Files.readString(page), parts));
		}
	}

	static String fillIn(String page, Map<String, String> parts) {
		return PART.matcher(page).replaceAll((part) -> {
			String name = part.group(1);
			return Matcher.quoteReplacement("<!-- begin: %1$s -->%n%n%2$s%n<!-- end: %1$s -->"
				.formatted(name, parts.getOrDefault(name, NOTHING))
				.replace(System.lineSeparator(), "\n"));
		});
	}

}
