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
import org.springframework.beans.factory.ObjectProvider;

/**
 * Finds the contributors of an application by the names of their beans, in their order.
 * Keys of the logging context come last.
 */
final class HeadersContributors implements Supplier<Map<String, EventHeadersContributor>> {

	private final ListableBeanFactory beanFactory;

	private final ObjectProvider<EventHeadersContributor> contributors;

	private final List<String> mdcKeys;

	/**
	 * Creates an instance.
	 * @param contributors without those that scoped proxies lead to: what is found is
	 * kept, and such a one is that of the request, or thread, in which it was found
	 */
	HeadersContributors(ListableBeanFactory beanFactory, ObjectProvider<EventHeadersContributor> contributors,
			List<String> mdcKeys) {
		this.beanFactory = beanFactory;
		this.contributors = contributors;
		this.mdcKeys = mdcKeys;
	}

	@Override
	public Map<String, EventHeadersContributor> get() {
		Map<EventHeadersContributor, String> names = new IdentityHashMap<>();
		for (String name : BeanFactoryUtils.beanNamesForTypeIncludingAncestors(this.beanFactory,
				EventHeadersContributor.class)) {
			if (this.beanFactory.isSingleton(name)) {
				names.put(this.beanFactory.getBean(name, EventHeadersContributor.class), name);
			}
		}
		Map<String, EventHeadersContributor> found = new LinkedHashMap<>();
		this.contributors.orderedStream()
			.forEach((bean) -> found.put(names.getOrDefault(bean, bean.getClass().getName()), bean));
		if (!this.mdcKeys.isEmpty()) {
			found.put("pyxbox.headers.mdc-keys", new LoggingContext(this.mdcKeys));
		}
		return found;
	}

}
