package io.pyxbox.scenario;

import java.util.List;
import java.util.regex.Pattern;

import org.springframework.boot.test.system.CapturedOutput;

/**
 * What pyxbox warns of. Clients of servers that other tests have ended may still speak.
 */
public final class Complaints {

	/** The name of a logger, also shortened. */
	private static final Pattern PYXBOX = Pattern.compile(" (io\\.pyxbox|i\\.p(yxbox)?)\\.");

	private Complaints() {
	}

	public static List<String> in(CapturedOutput output) {
		return output.getAll()
			.lines()
			.filter((line) -> line.contains(" WARN ") || line.contains(" ERROR "))
			.filter((line) -> PYXBOX.matcher(line).find())
			.toList();
	}

}
