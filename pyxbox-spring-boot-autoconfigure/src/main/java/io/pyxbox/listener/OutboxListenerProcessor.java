package io.pyxbox.listener;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pyxbox.ConsumerId;
import io.pyxbox.OutboxListener;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.dispatch.DeliveryTarget;
import io.pyxbox.listener.ListenerMethodFactory.Candidate;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.Order;

/**
 * Finds {@code @OutboxListener} methods once all singletons exist: by the types of bean
 * definitions, so that lazy beans are found without being created, and through proxies.
 * What cannot work fails the start.
 */
public final class OutboxListenerProcessor implements SmartInitializingSingleton {

	private final ConfigurableListableBeanFactory beanFactory;

	private final EventTypes types;

	private final EventCodec codec;

	private final ListenerDefaults defaults;

	private final DeliveryScope scope;

	private volatile List<DeliveryTarget> targets = List.of();

	private boolean found;

	/**
	 * Creates a processor.
	 * @param beanFactory where listeners are
	 * @param types where the event classes are registered
	 * @param codec reads events
	 * @param defaults what applies to listeners that do not say otherwise
	 * @param scope what surrounds their calls
	 */
	public OutboxListenerProcessor(ConfigurableListableBeanFactory beanFactory, EventTypes types, EventCodec codec,
			ListenerDefaults defaults, DeliveryScope scope) {
		this.beanFactory = beanFactory;
		this.types = types;
		this.codec = codec;
		this.defaults = defaults;
		this.scope = scope;
	}

	/**
	 * Returns the consumers that were found.
	 * @return one target for each consumer; empty until all singletons exist
	 */
	public List<DeliveryTarget> targets() {
		return this.targets;
	}

	@Override
	public void afterSingletonsInstantiated() {
		findListeners();
	}

	/**
	 * Finds the listeners, if that has not been done yet. To be called when all
	 * singletons exist.
	 */
	public synchronized void findListeners() {
		if (this.found) {
			return;
		}
		this.found = true;
		List<Candidate> candidates = new ArrayList<>();
		for (String beanName : this.beanFactory.getBeanNamesForType(Object.class)) {
			Class<?> beanClass = ScopedProxyUtils.isScopedTarget(beanName) ? null : targetClass(beanName);
			if (beanClass != null && AnnotationUtils.isCandidateClass(beanClass, OutboxListener.class)) {
				collect(beanName, beanClass, candidates);
			}
		}
		ListenerMethodFactory factory = new ListenerMethodFactory(this.beanFactory, this.types, this.defaults);
		candidates.forEach(factory::registerTypes);
		this.targets = group(candidates.stream().map(factory::create).toList());
	}

	private @Nullable Class<?> targetClass(String beanName) {
		String scopedTarget = ScopedProxyUtils.getTargetBeanName(beanName);
		return AutoProxyUtils.determineTargetClass(this.beanFactory,
				this.beanFactory.containsBeanDefinition(scopedTarget) ? scopedTarget : beanName);
	}

	private void collect(String beanName, Class<?> beanClass, List<Candidate> candidates) {
		Map<Method, OutboxListener> annotated = MethodIntrospector.selectMethods(beanClass,
				(MethodIntrospector.MetadataLookup<OutboxListener>) (method) -> AnnotatedElementUtils
					.findMergedAnnotation(method, OutboxListener.class));
		annotated.forEach((method, annotation) -> {
			ListenerSignature signature = ListenerSignature.of(beanName, beanClass, method);
			candidates.add(new Candidate(beanName, invocable(beanName, method), signature, annotation));
		});
	}

	private Method invocable(String beanName, Method method) {
		try {
			return AopUtils.selectInvocableMethod(method, this.beanFactory.getType(beanName));
		}
		catch (IllegalStateException ex) {
			throw new InvalidListenerException(beanName, method, "cannot be called through the bean's proxy.",
					"Make the method public and, if the bean is proxied by its interfaces, declare it in one of them.");
		}
	}

	private List<DeliveryTarget> group(List<ListenerMethod> methods) {
		Map<ConsumerId, List<ListenerMethod>> byConsumer = new LinkedHashMap<>();
		methods.stream()
			.sorted(Comparator.comparingInt((method) -> orderOf(method.method())))
			.forEach((method) -> byConsumer.computeIfAbsent(method.consumer(), (id) -> new ArrayList<>()).add(method));
		List<DeliveryTarget> found = new ArrayList<>();
		byConsumer.values().forEach((together) -> {
			requireAgreement(together);
			found.add(new ListenerTarget(together, this.types, this.codec, this.scope));
		});
		return List.copyOf(found);
	}

	private static int orderOf(Method method) {
		Order order = AnnotatedElementUtils.findMergedAnnotation(method, Order.class);
		return (order != null) ? order.value() : Ordered.LOWEST_PRECEDENCE;
	}

	private static void requireAgreement(List<ListenerMethod> together) {
		ListenerMethod first = together.get(0);
		for (ListenerMethod other : together.subList(1, together.size())) {
			String both = "and '" + first.method().getName() + "' of bean '" + first.beanName()
					+ "' are both the consumer '" + first.consumer() + "'";
			if (!first.named() || !other.named()) {
				throw other.problem(both + ", but not by name.",
						"Give each its own consumer = \"...\"; or the same one to both, if they are to succeed or fail together.");
			}
			if (!first.settings().equals(other.settings())) {
				throw other.problem(
						both + ", but differ in their settings: " + other.settings() + " and " + first.settings() + ".",
						"Declare both alike (transactional, isolation, concurrency, retry, List or not), or name two consumers.");
			}
		}
	}

}
