package io.pyxbox.benchmarks.contender;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Keeps other contenders' libraries from configuring a contender's application: all share
 * one class path, and nobody else's pollers may run. It is also asked about what
 * auto-configurations import, so it must not refuse what it does not know.
 */
final class OwnLibraryOnly implements AutoConfigurationImportFilter, EnvironmentAware {

	/** The package of the contender's auto-configurations. */
	static final String PROPERTY = "benchmarks.library";

	private static final List<String> LIBRARIES = List.of("io.pyxbox.", "io.namastack.",
			"org.springframework.modulith.");

	private String library = "";

	@Override
	public void setEnvironment(Environment environment) {
		this.library = environment.getRequiredProperty(PROPERTY);
	}

	@Override
	public boolean[] match(@Nullable String[] autoConfigurations, AutoConfigurationMetadata metadata) {
		boolean[] matches = new boolean[autoConfigurations.length];
		for (int i = 0; i < matches.length; i++) {
			String name = autoConfigurations[i];
			matches[i] = name != null && LIBRARIES.stream()
				.noneMatch((foreign) -> name.startsWith(foreign) && !foreign.startsWith(this.library + "."));
		}
		return matches;
	}

}
