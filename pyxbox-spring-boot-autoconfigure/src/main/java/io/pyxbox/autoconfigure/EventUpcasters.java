package io.pyxbox.autoconfigure;

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
			return new EventTypes(environment::resolveRequiredPlaceholders,
					beanFactory.getBeansOfType(EventUpcaster.class, true, false));
		}
		catch (IllegalArgumentException ex) {
			throw new PyxboxConfigurationException("The event upcasters do not fit together: " + ex.getMessage() + ".",
					"Correct or remove one of these beans.", ex);
		}
	}

}
