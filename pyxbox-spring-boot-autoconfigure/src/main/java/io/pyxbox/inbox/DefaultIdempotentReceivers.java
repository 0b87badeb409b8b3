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
 * Advices for listener containers. Which of their arguments is the message shows when
 * there is one.
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
		return new ReceiverInterceptor(this.inbox,
				new ReceiverMethod(consumer, (arguments) -> identity.apply(message(arguments)), this::batch),
				this.identities.readers());
	}

	@Override
	public MethodInterceptor byOffset(ConsumerId consumer) {
		return of(consumer, this.identities::byOffset);
	}

	private Object message(@Nullable Object[] arguments) {
		return Arrays.stream(arguments)
			.filter((argument) -> argument != null && this.identities.reads(argument.getClass()))
			.findFirst()
			.orElseThrow(() -> new PyxboxException("None of the arguments is a message of a broker: "
					+ Arrays.toString(arguments) + ". Put the advice into the advice chain of a listener container."));
	}

	private int batch(@Nullable Object[] arguments) {
		return IntStream.range(0, arguments.length).filter((index) -> isBatch(arguments[index])).findFirst().orElse(-1);
	}

	private boolean isBatch(@Nullable Object argument) {
		if (argument instanceof List<?> list) {
			return list.isEmpty() || this.identities.reads(list.get(0).getClass());
		}
		return argument != null
				&& this.identities.readers().stream().anyMatch((reader) -> reader.isBatch(argument.getClass()));
	}

}
