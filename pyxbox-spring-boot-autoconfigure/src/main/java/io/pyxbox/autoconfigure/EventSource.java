package io.pyxbox.autoconfigure;

import java.net.URI;
import java.net.URISyntaxException;

import org.springframework.core.env.Environment;

/**
 * Where events come from, where nothing is configured: the application's name, in the
 * form of a URI reference that CloudEvents requires.
 */
final class EventSource {

	private static final String FALLBACK = "pyxbox";

	private EventSource() {
	}

	static String of(Environment environment) {
		String name = environment.getProperty("spring.application.name", "");
		try {
			return name.isBlank() ? FALLBACK : new URI(null, null, name, null).toASCIIString();
		}
		catch (URISyntaxException ex) {
			return FALLBACK;
		}
	}

	static boolean isValid(String source) {
		try {
			return !source.isBlank() && !new URI(source).toString().isEmpty();
		}
		catch (URISyntaxException ex) {
			return false;
		}
	}

}
