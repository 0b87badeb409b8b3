package io.pyxbox.autoconfigure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import io.pyxbox.emit.DefaultTransactionalOutbox;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanWrapper;
import org.springframework.beans.BeanWrapperImpl;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.util.function.SingletonSupplier;

/**
 * The transaction manager in whose transactions listeners receive events; and all those
 * of the outbox's {@code DataSource}, whose transactions the outbox takes part in. They
 * are looked for when all singletons exist: a manager that is just being created would be
 * overlooked.
 */
final class OutboxTransactionManager implements SmartInitializingSingleton {

	private final ObjectProvider<PlatformTransactionManager> qualified;

	private final ListableBeanFactory beanFactory;

	private final DataSource dataSource;

	private final ObjectProvider<DefaultTransactionalOutbox> outbox;

	private final SingletonSupplier<PlatformTransactionManager> chosen = SingletonSupplier.of(this::choose);

	OutboxTransactionManager(ObjectProvider<PlatformTransactionManager> qualified, ListableBeanFactory beanFactory,
			DataSource dataSource, ObjectProvider<DefaultTransactionalOutbox> outbox) {
		this.qualified = qualified;
		this.beanFactory = beanFactory;
		this.dataSource = dataSource;
		this.outbox = outbox;
	}

	PlatformTransactionManager get() {
		return this.chosen.obtain();
	}

	@Override
	public void afterSingletonsInstantiated() {
		PlatformTransactionManager receiving = get();
		this.outbox.ifAvailable((emitting) -> {
			TransactionExecutionListener listener = emitting.transactionListener();
			Map<String, PlatformTransactionManager> managers = managersOfDataSource();
			managers.values().forEach((manager) -> participate(manager, listener));
			if (!managers.containsValue(receiving)) {
				participate(receiving, listener);
			}
		});
	}

	private static void participate(PlatformTransactionManager manager, TransactionExecutionListener listener) {
		if (manager instanceof ConfigurableTransactionManager configurable) {
			// A list of its own: that of the application may be unmodifiable.
			List<TransactionExecutionListener> listeners = new ArrayList<>(
					configurable.getTransactionExecutionListeners());
			listeners.add(listener);
			configurable.setTransactionExecutionListeners(listeners);
		}
	}

	/**
	 * The qualified bean; or else, of those that manage the {@code DataSource}, the only
	 * or primary one; or else one of its own.
	 */
	private PlatformTransactionManager choose() {
		PlatformTransactionManager named = this.qualified.getIfAvailable();
		if (named != null) {
			return named;
		}
		Map<String, PlatformTransactionManager> candidates = managersOfDataSource();
		return switch (candidates.size()) {
			case 0 -> new JdbcTransactionManager(this.dataSource);
			case 1 -> candidates.values().iterator().next();
			default -> primary(candidates);
		};
	}

	private PlatformTransactionManager primary(Map<String, PlatformTransactionManager> candidates) {
		try {
			PlatformTransactionManager primary = this.beanFactory.getBean(PlatformTransactionManager.class);
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

	private Map<String, PlatformTransactionManager> managersOfDataSource() {
		Map<String, PlatformTransactionManager> managers = new LinkedHashMap<>();
		this.beanFactory.getBeansOfType(PlatformTransactionManager.class).forEach((name, manager) -> {
			if (this.dataSource.equals(dataSourceOf(manager))) {
				managers.put(name, manager);
			}
		});
		return managers;
	}

	/** As managers for JDBC, JPA and Hibernate tell. */
	private static @Nullable DataSource dataSourceOf(PlatformTransactionManager manager) {
		BeanWrapper properties = new BeanWrapperImpl(manager);
		return (properties.isReadableProperty("dataSource")
				&& properties.getPropertyValue("dataSource") instanceof DataSource dataSource) ? dataSource : null;
	}

}
