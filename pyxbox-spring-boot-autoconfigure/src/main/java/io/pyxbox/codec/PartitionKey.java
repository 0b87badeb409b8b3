package io.pyxbox.codec;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

import io.pyxbox.InvalidEventException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.ExpressionException;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.DataBindingPropertyAccessor;
import org.springframework.expression.spel.support.SimpleEvaluationContext;
import org.springframework.util.ReflectionUtils;

/**
 * Gets at the partition key of an event: a property of it, or an expression.
 */
@FunctionalInterface
public interface PartitionKey {

	/**
	 * Returns an event's key.
	 * @param event the event
	 * @return the key, or {@code null} if the event has none
	 * @throws InvalidEventException if the key cannot be determined
	 */
	@Nullable String of(Object event);

	/**
	 * Returns the key of events that have none.
	 * @return a key that is always {@code null}
	 */
	static PartitionKey none() {
		return (event) -> null;
	}

	/**
	 * Reads the declaration of a key.
	 * @param type the event class
	 * @param declaration the name of a property, or an expression
	 * @return the key
	 * @throws IllegalArgumentException if the class has no such property, or the
	 * expression is malformed
	 */
	static PartitionKey of(Class<?> type, String declaration) {
		boolean isName = declaration.chars().allMatch(Character::isJavaIdentifierPart);
		return isName ? property(type, declaration) : expression(type, declaration);
	}

	private static PartitionKey property(Class<?> type, String name) {
		Method accessor = accessor(type, name);
		if (accessor == null) {
			throw new IllegalArgumentException("partitionKey = \"" + name + "\" of event class " + type.getName()
					+ " names no property. Name a record component or a property with a getter, or write an expression");
		}
		ReflectionUtils.makeAccessible(accessor);
		return (event) -> {
			try {
				Object value = accessor.invoke(event);
				return (value != null) ? value.toString() : null;
			}
			catch (IllegalAccessException | InvocationTargetException ex) {
				throw new InvalidEventException(
						"The partition key '" + name + "' of an event of class " + type.getName() + " cannot be read",
						ex);
			}
		};
	}

	private static @Nullable Method accessor(Class<?> type, String name) {
		if (type.isRecord()) {
			return Arrays.stream(type.getRecordComponents())
				.filter((component) -> component.getName().equals(name))
				.map(RecordComponent::getAccessor)
				.findFirst()
				.orElse(null);
		}
		var property = BeanUtils.getPropertyDescriptor(type, name);
		return (property != null) ? property.getReadMethod() : null;
	}

	private static PartitionKey expression(Class<?> type, String text) {
		EvaluationContext context = SimpleEvaluationContext
			.forPropertyAccessors(DataBindingPropertyAccessor.forReadOnlyAccess())
			.withInstanceMethods()
			.build();
		Expression expression;
		try {
			expression = new SpelExpressionParser().parseExpression(text);
		}
		catch (ExpressionException ex) {
			throw new IllegalArgumentException("partitionKey = \"" + text + "\" of event class " + type.getName()
					+ " is neither the name of a property nor a valid expression: " + ex.getMessage(), ex);
		}
		return (event) -> {
			try {
				Object value = expression.getValue(context, event);
				return (value != null) ? value.toString() : null;
			}
			catch (ExpressionException ex) {
				throw new InvalidEventException("The partition key '" + text + "' of an event of class "
						+ type.getName() + " cannot be evaluated: " + ex.getMessage(), ex);
			}
		};
	}

}
