package io.pyxbox.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanWrapper;
import org.springframework.beans.BeanWrapperImpl;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The transaction manager in whose transactions listeners receive events.
 *
 * @param transactionManager the manager
 */
record OutboxTransactionManager(PlatformTransactionManager transactionManager) {

	/**
	 * Chooses the qualified bean; or else, of those that manage the outbox's
	 * {@code DataSource}, the only or primary one; or else one of its own.
	 */
	static OutboxTransactionManager choose(ObjectProvider<PlatformTransactionManager> qualified,
			ListableBeanFactory beanFactory, DataSource dataSource) {
		PlatformTransactionManager chosen = qualified.getIfAvailable();
		if (chosen == null) {
			chosen = chooseFrom(beanFactory, dataSource);
		}
		return new OutboxTransactionManager((chosen != null) ? chosen : new JdbcTransactionManager(dataSource));
	}

	private static @Nullable PlatformTransactionManager chooseFrom(ListableBeanFactory beanFactory,
			DataSource dataSource) {
		Map<String, PlatformTransactionManager> candidates = new LinkedHashMap<>();
		beanFactory.getBeansOfType(PlatformTransactionManager.class, false, true).forEach((name, manager) -> {
			DataSource managed = dataSourceOf(manager);
			if (managed == null || managed.equals(dataSource)) {
				candidates.put(name, manager);
			}
		});
		if (candidates.size() <= 1) {
			return candidates.values().stream().findFirst().orElse(null);
		}
		return primary(beanFactory, candidates);
	}

	private static PlatformTransactionManager primary(ListableBeanFactory beanFactory,
			Map<String, PlatformTransactionManager> candidates) {
		try {
			PlatformTransactionManager primary = beanFactory.getBean(PlatformTransactionManager.class);
			if (candidates.containsValue(primary)) {
				return primary;
			}
		}
		catch (NoUniqueBeanDefinitionException ex) {
			// Explained below.
		}
		throw new PyxboxConfigurationException(
				"pyxbox found several transaction managers for the outbox's DataSource and cannot choose: "
						+ String.join(", ", candidates.keySet()) + ".",
				"Annotate the one in whose transactions listeners receive events with @PyxboxTransactionManager "
						+ "(io.pyxbox.autoconfigure.PyxboxTransactionManager), or mark it as @Primary.",
				null);
	}

	/** As managers for JDBC, JPA and Hibernate tell; others do not say. */
	private static @Nullable DataSource dataSourceOf(PlatformTransactionManager manager) {
		BeanWrapper properties = new BeanWrapperImpl(manager);
		return (properties.isReadableProperty("dataSource")
				&& properties.getPropertyValue("dataSource") instanceof DataSource dataSource) ? dataSource : null;
	}

}
