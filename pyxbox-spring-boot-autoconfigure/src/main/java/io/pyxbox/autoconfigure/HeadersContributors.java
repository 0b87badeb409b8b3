package io.pyxbox.autoconfigure;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.pyxbox.EventHeadersContributor;
import io.pyxbox.context.LoggingContext;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * Finds the contributors of an application by the names of their beans, in their order.
 * Keys of the logging context come last.
 */
final class HeadersContributors implements Supplier<Map<String, EventHeadersContributor>> {

	private final ListableBeanFactory beanFactory;

	private final List<String> mdcKeys;

	HeadersContributors(ListableBeanFactory beanFactory, List<String> mdcKeys) {
		this.beanFactory = beanFactory;
		this.mdcKeys = mdcKeys;
	}

	@Override
	public Map<String, EventHeadersContributor> get() {
		Map<EventHeadersContributor, String> names = new IdentityHashMap<>();
		BeanFactoryUtils.beansOfTypeIncludingAncestors(this.beanFactory, EventHeadersContributor.class)
			.forEach((name, bean) -> names.put(bean, name));
		Map<String, EventHeadersContributor> found = new LinkedHashMap<>();
		this.beanFactory.getBeanProvider(EventHeadersContributor.class)
			.orderedStream()
			.forEach((bean) -> found.put(names.getOrDefault(bean, bean.getClass().getName()), bean));
		if (!this.mdcKeys.isEmpty()) {
			found.put("pyxbox.headers.mdc-keys", new LoggingContext(this.mdcKeys));
		}
		return found;
	}

}
