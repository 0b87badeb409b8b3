package io.pyxbox.inbox;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.pyxbox.ConsumerId;
import io.pyxbox.IdempotentReceiver;
import io.pyxbox.TransactionalInbox;
import org.aopalliance.aop.Advice;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Pointcut;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.framework.autoproxy.ProxyCreationContext;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;

/**
 * Puts {@code @IdempotentReceiver} into effect, around the transactions that methods
 * declare themselves. What cannot work fails the creation of its bean.
 */
public final class IdempotentReceiverAdvisor implements PointcutAdvisor, Ordered {

	private final Supplier<TransactionalInbox> inbox;

	private final UnaryOperator<String> placeholders;

	private final Supplier<List<MessageReader>> readers;

	private final Map<Method, Found> found = new ConcurrentHashMap<>();

	private final Map<ConsumerId, Place> unnamed = new ConcurrentHashMap<>();

	/**
	 * Creates an advisor.
	 * @param inbox receives; asked for when the first message comes, for beans are
	 * proxied before an inbox can be there
	 * @param placeholders resolves {@code ${...}} placeholders
	 * @param readers know messages
	 */
	public IdempotentReceiverAdvisor(Supplier<TransactionalInbox> inbox, UnaryOperator<String> placeholders,
			Supplier<List<MessageReader>> readers) {
		this.inbox = inbox;
		this.placeholders = placeholders;
		this.readers = readers;
	}

	@Override
	public Pointcut getPointcut() {
		StaticMethodMatcherPointcut pointcut = new StaticMethodMatcherPointcut() {

			@Override
			public boolean matches(Method method, Class<?> targetClass) {
				return find(method, targetClass) != null;
			}

		};
		pointcut.setClassFilter(this::hasReceivers);
		return pointcut;
	}

	/** Looks at all methods: matching them would end with the first one that does. */
	private boolean hasReceivers(Class<?> type) {
		if (!AnnotationUtils.isCandidateClass(type, IdempotentReceiver.class)) {
			return false;
		}
		// Before the readers are asked for: creating beans makes the name be forgotten.
		String beanName = ProxyCreationContext.getCurrentProxiedBeanName();
		Class<?> targetClass = ClassUtils.getUserClass(type);
		Map<Method, Found> receivers = MethodIntrospector.selectMethods(targetClass,
				(MethodIntrospector.MetadataLookup<Found>) (method) -> find(method, targetClass));
		if (beanName != null) {
			receivers.values().forEach((receiver) -> requireOneBean(receiver, beanName));
		}
		return !receivers.isEmpty();
	}

	@Override
	public Advice getAdvice() {
		return (MethodInterceptor) (invocation) -> {
			Object target = invocation.getThis();
			Found receiver = (target != null) ? find(invocation.getMethod(), target.getClass()) : null;
			return (receiver != null) ? receiver.interceptor().invoke(invocation) : invocation.proceed();
		};
	}

	private @Nullable Found find(Method method, Class<?> targetClass) {
		Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
		Found known = this.found.get(specific);
		if (known != null) {
			return known;
		}
		IdempotentReceiver annotation = AnnotatedElementUtils.findMergedAnnotation(specific, IdempotentReceiver.class);
		return (annotation != null)
				? this.found.computeIfAbsent(specific, (key) -> create(key, targetClass, annotation)) : null;
	}

	private Found create(Method method, Class<?> targetClass, IdempotentReceiver annotation) {
		List<MessageReader> known = this.readers.get();
		ReceiverMethod receiver = ReceiverMethod.of(method, ClassUtils.getUserClass(targetClass), annotation,
				this.placeholders, new MessageIdentities(known));
		return new Found(method, receiver.consumer(), !annotation.consumer().isEmpty(),
				new ReceiverInterceptor(this.inbox, receiver, known));
	}

	/**
	 * Two that are the same consumer by accident would take each other's messages for
	 * known.
	 */
	private void requireOneBean(Found receiver, String beanName) {
		if (receiver.named()) {
			return;
		}
		Place place = new Place(receiver.method(), beanName);
		Place other = this.unnamed.putIfAbsent(receiver.consumer(), place);
		if (other != null && !other.equals(place)) {
			throw new InvalidReceiverException(receiver.method(),
					"of bean '" + beanName + "' is the consumer '" + receiver.consumer() + "', and so is "
							+ other.method().toGenericString() + " of bean '" + other.beanName()
							+ "': each would take for known what the other one has received.",
					"Set consumer = \"...\" on them; the same one only if a message is for one of them.");
		}
	}

	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE - 100;
	}

	/**
	 * A method that was found.
	 *
	 * @param method the method
	 * @param consumer who receives
	 * @param named whether that is said by the annotation
	 * @param interceptor calls it for what is new
	 */
	private record Found(Method method, ConsumerId consumer, boolean named, MethodInterceptor interceptor) {
	}

	/**
	 * Where a method was found.
	 *
	 * @param method the method
	 * @param beanName its bean
	 */
	private record Place(Method method, String beanName) {
	}

}
