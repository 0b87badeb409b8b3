package io.pyxbox.benchmarks.contender;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Lets a contender's application be configured by Spring Boot and the contender's own
 * library only: all contenders share one class path, and nobody else's pollers may run.
 */
final class OwnLibraryOnly implements AutoConfigurationImportFilter, EnvironmentAware {

	/** The package of the contender's auto-configurations. */
	static final String PROPERTY = "benchmarks.library";

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
			matches[i] = name != null
					&& (name.startsWith("org.springframework.boot.") || name.startsWith(this.library + "."));
		}
		return matches;
	}

}
