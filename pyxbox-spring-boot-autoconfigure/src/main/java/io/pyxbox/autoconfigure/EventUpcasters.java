package io.pyxbox.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import io.pyxbox.EventUpcaster;
import io.pyxbox.codec.EventTypes;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.env.Environment;

/**
 * Finds the upcasters of the application.
 */
final class EventUpcasters {

	private EventUpcasters() {
	}

	/** A registry of types with all upcasters, and no types yet. */
	static EventTypes of(ListableBeanFactory beanFactory, Environment environment) {
		try {
			return new EventTypes(environment::resolveRequiredPlaceholders, upcasters(beanFactory));
		}
		catch (IllegalArgumentException ex) {
			throw new PyxboxConfigurationException("The event upcasters do not fit together: " + ex.getMessage() + ".",
					"Correct or remove one of these beans.", ex);
		}
	}

	/**
	 * One by one: whoever asks for all of them gets those only that can be created just
	 * now. One that needs what is being created has to fail the start, not to be missing.
	 */
	private static Map<String, EventUpcaster> upcasters(ListableBeanFactory beanFactory) {
		Map<String, EventUpcaster> upcasters = new LinkedHashMap<>();
		for (String name : beanFactory.getBeanNamesForType(EventUpcaster.class, true, false)) {
			upcasters.put(name, beanFactory.getBean(name, EventUpcaster.class));
		}
		return upcasters;
	}

}
