package io.pyxbox.autoconfigure;

import java.util.List;

import io.pyxbox.IdempotentReceivers;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.inbox.DefaultIdempotentReceivers;
import io.pyxbox.inbox.IdempotentReceiverAdvisor;
import io.pyxbox.inbox.MessageReader;
import io.pyxbox.inbox.amqp.AmqpMessageReader;
import io.pyxbox.inbox.kafka.KafkaMessageReader;
import io.pyxbox.inbox.messaging.SpringMessageReader;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Role;
import org.springframework.core.type.AnnotationMetadata;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for {@code @IdempotentReceiver}
 * methods. Its beans are there before those that are proxied.
 */
@AutoConfiguration(after = PyxboxInboxAutoConfiguration.class)
@Import(PyxboxReceiverAutoConfiguration.Proxies.class)
public final class PyxboxReceiverAutoConfiguration {

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static IdempotentReceiverAdvisor pyxboxIdempotentReceiverAdvisor(ObjectProvider<TransactionalInbox> inbox,
			ConfigurableBeanFactory beanFactory, ObjectProvider<MessageReader> readers) {
		return new IdempotentReceiverAdvisor(inbox::getObject, (text) -> {
			String resolved = beanFactory.resolveEmbeddedValue(text);
			return (resolved != null) ? resolved : "";
		}, () -> all(readers));
	}

	@Bean
	@ConditionalOnMissingBean
	IdempotentReceivers pyxboxIdempotentReceivers(ObjectProvider<TransactionalInbox> inbox,
			ObjectProvider<MessageReader> readers) {
		return new DefaultIdempotentReceivers(inbox::getObject, all(readers));
	}

	private static List<MessageReader> all(ObjectProvider<MessageReader> readers) {
		return readers.orderedStream().toList();
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(name = "org.springframework.kafka.support.Acknowledgment")
	static class Kafka {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static KafkaMessageReader pyxboxKafkaMessageReader() {
			return new KafkaMessageReader();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(name = "org.springframework.amqp.core.Message")
	static class Amqp {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static AmqpMessageReader pyxboxAmqpMessageReader() {
			return new AmqpMessageReader();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(name = "org.springframework.messaging.Message")
	static class Messaging {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static SpringMessageReader pyxboxSpringMessageReader() {
			return new SpringMessageReader();
		}

	}

	/**
	 * Has beans proxied that an infrastructure advisor is for, as Spring's transactions
	 * do; where they are at work, this changes nothing.
	 */
	static class Proxies implements ImportBeanDefinitionRegistrar {

		@Override
		public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
			AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
		}

	}

}
