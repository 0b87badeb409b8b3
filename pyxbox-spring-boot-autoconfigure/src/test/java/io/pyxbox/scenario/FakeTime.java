package io.pyxbox.scenario;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Clocks that are wrong, by means of libfaketime (in Debian a package of that name).
 */
final class FakeTime {

	private static final List<String> PLACES = List.of("/usr/lib/x86_64-linux-gnu/faketime",
			"/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib64/faketime", "/usr/lib/faketime",
			"/usr/local/lib/faketime");

	private FakeTime() {
	}

	static Optional<Path> library() {
		return PLACES.stream().map((place) -> Path.of(place, "libfaketimeMT.so.1")).filter(Files::exists).findFirst();
	}

	/**
	 * Returns the environment of a process whose clock is wrong.
	 * @param library the library
	 * @param offset by how much, as in {@code +10m}
	 */
	static Map<String, String> environment(Path library, String offset) {
		// How long something takes is measured rightly all the same.
		return Map.of("LD_PRELOAD", library.toString(), "FAKETIME", offset, "DONT_FAKE_MONOTONIC", "1");
	}

}
