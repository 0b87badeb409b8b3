package io.pyxbox.inbox;

import java.beans.Introspector;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import io.pyxbox.ConsumerId;
import io.pyxbox.IdempotentReceiver;
import io.pyxbox.MessageId;
import io.pyxbox.MessageIdentity;
import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;

import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.expression.ExpressionException;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.DataBindingPropertyAccessor;
import org.springframework.expression.spel.support.MapAccessor;
import org.springframework.expression.spel.support.SimpleEvaluationContext;

/**
 * Who receives what: as an annotated method declares it.
 *
 * @param consumer who receives
 * @param identity what identifies a message, from the arguments for it
 * @param batch which of the arguments of a call is a batch of messages; -1 for none
 */
record ReceiverMethod(ConsumerId consumer, Function<@Nullable Object[], MessageIdentity> identity,
		ToIntFunction<@Nullable Object[]> batch) {

	private static final Set<String> ACKNOWLEDGING = Set.of("com.rabbitmq.client.Channel",
			"io.awspring.cloud.sqs.listener.acknowledgement.Acknowledgement",
			"io.awspring.cloud.sqs.listener.acknowledgement.BatchAcknowledgement");

	private static final String REACTIVE = "org.reactivestreams.Publisher";

	private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

	static ReceiverMethod of(Method method, Class<?> targetClass, IdempotentReceiver annotation,
			UnaryOperator<String> placeholders, MessageIdentities identities) {
		requirePossible(method);
		String named = resolve(method, placeholders, annotation.consumer());
		String expression = resolve(method, placeholders, annotation.messageId());
		ConsumerId consumer = consumer(method, named.isEmpty()
				? Introspector.decapitalize(targetClass.getSimpleName()) + "." + method.getName() : named);
		if (annotation.byOffset() && !expression.isEmpty()) {
			throw new InvalidReceiverException(method, "has both a messageId and byOffset.", "Remove one of them.");
		}
		if (!expression.isEmpty()) {
			return byExpression(consumer, method, expression, identities);
		}
		int message = messageParameter(method, identities);
		if (message < 0) {
			throw new InvalidReceiverException(method, "has no parameter that says which message it is.",
					"Take a ConsumerRecord or a Message (or a list of them), or set messageId = \"...\" to an "
							+ "expression.");
		}
		boolean batch = isBatch(method.getParameterTypes()[message], identities);
		return new ReceiverMethod(consumer, (arguments) -> {
			Object value = arguments[message];
			if (value == null) {
				throw new PyxboxException("There is no message to be received");
			}
			return annotation.byOffset() ? identities.byOffset(value) : identities.byHeaders(value);
		}, (arguments) -> batch ? message : -1);
	}

	private static boolean isBatch(Class<?> type, MessageIdentities identities) {
		return type == List.class || identities.readers().stream().anyMatch((reader) -> reader.isBatch(type));
	}

	private static void requirePossible(Method method) {
		Class<?> returned = method.getReturnType();
		if (Future.class.isAssignableFrom(returned) || CompletionStage.class.isAssignableFrom(returned)
				|| isA(returned, Set.of(REACTIVE))) {
			throw new InvalidReceiverException(method,
					"returns before it has done what it does, so that cannot be part of the transaction.",
					"Do it before returning, or call inbox.receive(...) where it is done.");
		}
		if (Arrays.stream(method.getParameterTypes()).anyMatch((type) -> isA(type, ACKNOWLEDGING))) {
			throw new InvalidReceiverException(method,
					"acknowledges by hand: what has been received before would never be acknowledged.",
					"Leave that to the container, or call inbox.receive(...) in the method.");
		}
	}

	/** Libraries that may be absent are known by name. */
	private static boolean isA(@Nullable Class<?> type, Set<String> names) {
		return type != null && (names.contains(type.getName()) || isA(type.getSuperclass(), names)
				|| Arrays.stream(type.getInterfaces()).anyMatch((each) -> isA(each, names)));
	}

	private static ConsumerId consumer(Method method, String name) {
		try {
			return new ConsumerId(name);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidReceiverException(method, "has no usable consumer name: " + ex.getMessage() + ".",
					"Set consumer = \"...\" on the annotation.");
		}
	}

	private static String resolve(Method method, UnaryOperator<String> placeholders, String text) {
		try {
			return placeholders.apply(text);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidReceiverException(method,
					"has a placeholder that cannot be resolved: " + ex.getMessage() + ".",
					"Define the property, or give it a default: ${name:default}.");
		}
	}

	private static int messageParameter(Method method, MessageIdentities identities) {
		return IntStream.range(0, method.getParameterCount())
			.filter((index) -> isMessage(ResolvableType.forMethodParameter(method, index), identities))
			.findFirst()
			.orElse(-1);
	}

	private static boolean isMessage(ResolvableType type, MessageIdentities identities) {
		Class<?> declared = type.resolve(Object.class);
		if (declared == List.class) {
			return identities.reads(type.getGeneric(0).resolve(Object.class));
		}
		return identities.reads(declared) || isBatch(declared, identities);
	}

	private static ReceiverMethod byExpression(ConsumerId consumer, Method method, String text,
			MessageIdentities identities) {
		SpelExpression expression;
		try {
			expression = new SpelExpressionParser().parseRaw(text);
		}
		catch (ExpressionException ex) {
			throw new InvalidReceiverException(method,
					"has a messageId that is no valid expression: " + ex.getMessage() + ".",
					"Correct it: its root is the first argument, and arguments are there as #name.");
		}
		String[] names = NAMES.getParameterNames(method);
		Class<?>[] types = method.getParameterTypes();
		// A list that says nothing of the id is the content of one message.
		int batch = new ExpressionArguments(expression).indexes(names, types.length)
			.filter((index) -> isBatch(types[index], identities))
			.findFirst()
			.orElse(-1);
		return new ReceiverMethod(consumer, (arguments) -> MessageId.of(evaluate(expression, names, arguments)),
				(arguments) -> batch);
	}

	private static String evaluate(SpelExpression expression, String @Nullable [] names, @Nullable Object[] arguments) {
		SimpleEvaluationContext context = SimpleEvaluationContext
			.forPropertyAccessors(DataBindingPropertyAccessor.forReadOnlyAccess(), new MapAccessor())
			.withInstanceMethods()
			.build();
		for (int i = 0; names != null && i < names.length; i++) {
			context.setVariable(names[i], arguments[i]);
		}
		Object value;
		try {
			value = expression.getValue(context, (arguments.length > 0) ? arguments[0] : null);
		}
		catch (ExpressionException ex) {
			throw new PyxboxException("The messageId '" + expression.getExpressionString()
					+ "' cannot be evaluated for a message: " + ex.getMessage(), ex);
		}
		if (value == null) {
			throw new PyxboxException("The messageId '" + expression.getExpressionString() + "' of a message is null");
		}
		return value.toString();
	}

}
