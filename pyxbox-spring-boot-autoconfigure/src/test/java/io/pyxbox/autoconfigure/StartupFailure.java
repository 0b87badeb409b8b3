package io.pyxbox.autoconfigure;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;

import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;

/**
 * What a user reads when an application does not start: found the way Spring Boot finds
 * it, by the first of all registered analyzers that has something to say.
 */
final class StartupFailure {

	private StartupFailure() {
	}

	static String textOf(AssertableApplicationContext context) {
		Throwable failure = Objects.requireNonNull(context.getStartupFailure(), "It started");
		List<FailureAnalyzer> analyzers = SpringFactoriesLoader.forDefaultResourceLocation()
			.load(FailureAnalyzer.class,
					ArgumentResolver.of(BeanFactory.class, new DefaultListableBeanFactory())
						.and(Environment.class, new StandardEnvironment()),
					FailureHandler.logging(LogFactory.getLog(StartupFailure.class)));
		// The order of jars on the class path must not matter.
		analyzers.sort(Comparator.comparing((analyzer) -> analyzer.getClass().getName().startsWith("io.pyxbox")));
		AnnotationAwareOrderComparator.sort(analyzers);
		FailureAnalysis analysis = analyzers.stream()
			.map((analyzer) -> analyzer.analyze(failure))
			.filter(Objects::nonNull)
			.findFirst()
			.orElseThrow(() -> new AssertionError("No analysis", failure));
		return analysis.getDescription() + "\n-> " + analysis.getAction();
	}

}
