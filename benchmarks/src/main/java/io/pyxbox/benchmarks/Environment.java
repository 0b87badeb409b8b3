package io.pyxbox.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.sun.management.OperatingSystemMXBean;
import io.pyxbox.benchmarks.server.BenchmarkServer;

/**
 * What is measured on.
 */
final class Environment {

	private static final long GIB = 1L << 30;

	private Environment() {
	}

	static Map<String, String> describe(BenchmarkServer server, Options options, String command) {
		Map<String, String> description = new LinkedHashMap<>();
		OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
		description.put("Date", OffsetDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MINUTES).toString());
		description.put("Command", "`" + command + "`");
		description.put("Repetitions",
				options.repetitions()
						+ ", of which the median is shown; what is slow is not repeated, nor are peers with "
						+ "default settings and the original");
		description.put("Machine",
				"%d processors%s, %d GiB of memory, %s %s %s".formatted(system.getAvailableProcessors(), processor(),
						Math.round((double) system.getTotalMemorySize() / GIB), system.getName(),
						system.getVersion().replaceFirst("^(\\d+\\.\\d+).*", "$1"), system.getArch()));
		description.put("Java", "%s (%s)".formatted(Runtime.version(), System.getProperty("java.vm.name")));
		description.put("PostgreSQL",
				server.version() + "; "
						+ server.settings()
							.entrySet()
							.stream()
							.map((setting) -> setting.getKey() + "=" + setting.getValue())
							.collect(Collectors.joining(", ")));
		description.put("Events", "about 300 bytes of JSON; a JVM with 1 GiB of heap for each instance");
		return description;
	}

	private static String processor() {
		try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
			return lines.filter((line) -> line.startsWith("model name"))
				.findFirst()
				.map((line) -> " (" + line.substring(line.indexOf(':') + 2) + ")")
				.orElse("");
		}
		catch (IOException ex) {
			// Not everywhere.
			return "";
		}
	}

}
