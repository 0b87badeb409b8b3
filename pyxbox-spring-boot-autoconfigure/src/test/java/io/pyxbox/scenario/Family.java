package io.pyxbox.scenario;

import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A context and its parent, each with auto-configuration.
 *
 * @param parent the parent
 * @param child the child
 */
record Family(ConfigurableApplicationContext parent, ConfigurableApplicationContext child) implements AutoCloseable {

	static Family start(TestDatabase database, Class<?> parent, Class<?> child) {
		String[] arguments = TestApplication.arguments(database, "pyxbox.poller.auto-startup=false");
		ConfigurableApplicationContext first = new SpringApplicationBuilder(parent).web(WebApplicationType.NONE)
			.registerShutdownHook(false)
			.run(arguments);
		try {
			return new Family(first,
					new SpringApplicationBuilder(child).parent(first)
						.web(WebApplicationType.NONE)
						.registerShutdownHook(false)
						.run(arguments));
		}
		catch (RuntimeException ex) {
			first.close();
			throw ex;
		}
	}

	@Override
	public void close() {
		this.child.close();
		this.parent.close();
	}

}
