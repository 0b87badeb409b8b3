package io.pyxbox.listener;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

import io.pyxbox.ConsumerId;
import io.pyxbox.dispatch.DeliverySettings;
import io.pyxbox.store.Subscription;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ReflectionUtils;

/**
 * A listener method of a bean.
 *
 * @param beanFactory where the bean is; asked at each call, so that lazy and scoped beans
 * are what they are elsewhere
 * @param beanName the bean's name
 * @param method the method, as it can be called on the bean
 * @param signature what it takes
 * @param consumer the consumer it is part of
 * @param named whether it names the consumer itself
 * @param subscription which events it takes
 * @param settings how it wants them
 */
record ListenerMethod(BeanFactory beanFactory, String beanName, Method method, ListenerSignature signature,
		ConsumerId consumer, boolean named, Subscription subscription, DeliverySettings settings) {

	void invoke(Object[] arguments) throws Exception {
		ReflectionUtils.makeAccessible(this.method);
		try {
			this.method.invoke(this.beanFactory.getBean(this.beanName), arguments);
		}
		catch (InvocationTargetException ex) {
			Throwable thrown = ex.getTargetException();
			if (thrown instanceof Error error) {
				throw error;
			}
			throw (thrown instanceof Exception exception) ? exception : ex;
		}
	}

	InvalidListenerException problem(String problem, String action) {
		return new InvalidListenerException(this.beanName, this.method, problem, action);
	}

}
