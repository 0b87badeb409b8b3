package io.pyxbox.inbox;

import java.lang.reflect.UndeclaredThrowableException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import io.pyxbox.TransactionalInbox;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;

/**
 * Calls a listener for what is new.
 *
 * @param inbox receives; asked for when the first message comes
 * @param receiver who receives what
 * @param readers know batches and acknowledgments
 */
record ReceiverInterceptor(Supplier<TransactionalInbox> inbox, ReceiverMethod receiver,
		List<MessageReader> readers) implements MethodInterceptor {

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		@Nullable Object[] values = invocation.getArguments();
		ReceivedArguments arguments = ReceivedArguments.of(values, this.receiver.batch().applyAsInt(values),
				this.readers);
		@Nullable Object[] result = new @Nullable Object[1];
		if (!arguments.isBatch()) {
			boolean received = this.inbox.get()
				.receive(this.receiver.consumer(), this.receiver.identity().apply(values),
						() -> result[0] = proceed(invocation));
			acknowledgeUnless(received, arguments);
			return result[0];
		}
		List<Integer> all = IntStream.range(0, arguments.size()).boxed().toList();
		int received = this.inbox.get()
			.receiveAll(this.receiver.consumer(), all, (index) -> this.receiver.identity().apply(arguments.of(index)),
					(kept) -> {
						if (kept.size() < all.size()) {
							((ProxyMethodInvocation) invocation).setArguments(arguments.only(kept));
						}
						result[0] = proceed(invocation);
					});
		acknowledgeUnless(received > 0, arguments);
		return result[0];
	}

	private static void acknowledgeUnless(boolean received, ReceivedArguments arguments) {
		if (!received) {
			arguments.acknowledge();
		}
	}

	private static @Nullable Object proceed(MethodInvocation invocation) throws Exception {
		try {
			return invocation.proceed();
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new UndeclaredThrowableException(ex);
		}
	}

}
