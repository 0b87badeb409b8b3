package io.pyxbox.inbox;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import io.pyxbox.ConsumerId;
import io.pyxbox.IdempotentReceivers;
import io.pyxbox.MessageIdentity;
import io.pyxbox.PyxboxException;
import io.pyxbox.TransactionalInbox;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;

/**
 * Advices for listener containers. Which of the arguments is the message shows when there
 * is one.
 */
public final class DefaultIdempotentReceivers implements IdempotentReceivers {

	private final Supplier<TransactionalInbox> inbox;

	private final MessageIdentities identities;

	/**
	 * Creates an instance.
	 * @param inbox receives
	 * @param readers know messages
	 */
	public DefaultIdempotentReceivers(Supplier<TransactionalInbox> inbox, List<MessageReader> readers) {
		this.inbox = inbox;
		this.identities = new MessageIdentities(readers);
	}

	@Override
	public MethodInterceptor of(ConsumerId consumer) {
		return of(consumer, this.identities::byHeaders);
	}

	@Override
	public MethodInterceptor of(ConsumerId consumer, Function<Object, ? extends MessageIdentity> identity) {
		MethodInterceptor interceptor = new ReceiverInterceptor(this.inbox,
				new ReceiverMethod(consumer, (arguments) -> identity.apply(message(arguments)), this::batch),
				this.identities.readers());
		// Containers call other methods of their listeners, too.
		return (invocation) -> hasMessage(invocation.getArguments()) ? interceptor.invoke(invocation)
				: invocation.proceed();
	}

	private boolean hasMessage(@Nullable Object[] arguments) {
		return batch(arguments) >= 0 || Arrays.stream(arguments).anyMatch(this::isMessage);
	}

	private boolean isMessage(@Nullable Object argument) {
		return argument != null && this.identities.reads(argument.getClass());
	}

	@Override
	public MethodInterceptor byOffset(ConsumerId consumer) {
		return of(consumer, this.identities::byOffset);
	}

	private Object message(@Nullable Object[] arguments) {
		return Arrays.stream(arguments)
			.filter(this::isMessage)
			.findFirst()
			.orElseThrow(() -> new PyxboxException("There is no message to be received"));
	}

	private int batch(@Nullable Object[] arguments) {
		return IntStream.range(0, arguments.length).filter((index) -> isBatch(arguments[index])).findFirst().orElse(-1);
	}

	private boolean isBatch(@Nullable Object argument) {
		if (argument instanceof List<?> list) {
			return !list.isEmpty() && isMessage(list.get(0));
		}
		return argument != null
				&& this.identities.readers().stream().anyMatch((reader) -> reader.isBatch(argument.getClass()));
	}

}
