package io.pyxbox.inbox;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.pyxbox.IdempotentReceiver;
import io.pyxbox.TransactionalInbox;
import org.aopalliance.aop.Advice;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.aop.Pointcut;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;

/**
 * Puts {@code @IdempotentReceiver} into effect, around the transactions that methods
 * declare themselves. What cannot work fails the creation of its bean.
 */
public final class IdempotentReceiverAdvisor implements PointcutAdvisor, Ordered {

	private final Supplier<TransactionalInbox> inbox;

	private final UnaryOperator<String> placeholders;

	private final Supplier<List<MessageReader>> readers;

	private final Map<Method, MethodInterceptor> interceptors = new ConcurrentHashMap<>();

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
		pointcut.setClassFilter((type) -> AnnotationUtils.isCandidateClass(type, IdempotentReceiver.class));
		return pointcut;
	}

	@Override
	public Advice getAdvice() {
		return (MethodInterceptor) (invocation) -> {
			Object target = invocation.getThis();
			MethodInterceptor interceptor = (target != null) ? find(invocation.getMethod(), target.getClass()) : null;
			return (interceptor != null) ? interceptor.invoke(invocation) : invocation.proceed();
		};
	}

	private @Nullable MethodInterceptor find(Method method, Class<?> targetClass) {
		Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
		MethodInterceptor known = this.interceptors.get(specific);
		if (known != null) {
			return known;
		}
		IdempotentReceiver annotation = AnnotatedElementUtils.findMergedAnnotation(specific, IdempotentReceiver.class);
		return (annotation != null) ? this.interceptors.computeIfAbsent(specific,
				(key) -> create(key, AopUtils.getTargetClass(targetClass), annotation)) : null;
	}

	private MethodInterceptor create(Method method, Class<?> targetClass, IdempotentReceiver annotation) {
		List<MessageReader> known = this.readers.get();
		ReceiverMethod receiver = ReceiverMethod.of(method, targetClass, annotation, this.placeholders,
				new MessageIdentities(known));
		return new ReceiverInterceptor(this.inbox, receiver, known);
	}

	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE - 100;
	}

}
