package io.pyxbox.autoconfigure;

import java.util.Collection;
import java.util.List;

import io.pyxbox.OutboxEvent;
import io.pyxbox.codec.EventTypes;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;

/**
 * Registers the event classes of the application, so that events are recognised that this
 * instance has not emitted itself.
 */
final class EventClassScanner {

	private final ClassPathScanningCandidateComponentProvider scanner;

	private final ResourceLoader resourceLoader;

	EventClassScanner(Environment environment, ResourceLoader resourceLoader) {
		this.resourceLoader = resourceLoader;
		this.scanner = new ClassPathScanningCandidateComponentProvider(false, environment);
		this.scanner.setResourceLoader(resourceLoader);
		this.scanner.addIncludeFilter(new AnnotationTypeFilter(OutboxEvent.class, false));
	}

	/** The packages that are configured, or else those of the application. */
	static List<String> packages(PyxboxProperties properties, BeanFactory beanFactory) {
		if (!properties.eventPackages().isEmpty()) {
			return properties.eventPackages();
		}
		return AutoConfigurationPackages.has(beanFactory) ? AutoConfigurationPackages.get(beanFactory) : List.of();
	}

	void scan(Collection<String> packages, EventTypes types) {
		for (String searched : packages) {
			for (BeanDefinition found : this.scanner.findCandidateComponents(searched)) {
				register(String.valueOf(found.getBeanClassName()), types);
			}
		}
	}

	private void register(String className, EventTypes types) {
		try {
			types.register(ClassUtils.resolveClassName(className, this.resourceLoader.getClassLoader()));
		}
		catch (IllegalArgumentException ex) {
			throw new PyxboxConfigurationException(
					"The event class " + className + " cannot be used: " + ex.getMessage() + ".",
					"Correct its @OutboxEvent annotation.", ex);
		}
	}

}
