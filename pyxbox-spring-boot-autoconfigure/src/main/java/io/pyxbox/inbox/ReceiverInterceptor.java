package io.pyxbox.inbox;

import java.lang.reflect.UndeclaredThrowableException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import io.pyxbox.InboxAction;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.inbox.MessageReader.StandIn;
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
		@Nullable Object[] values = invocation.getArguments().clone();
		List<StandIn> standIns = standIns(values);
		if (!standIns.isEmpty()) {
			((ProxyMethodInvocation) invocation).setArguments(values);
		}
		@Nullable Object[] result = new @Nullable Object[1];
		try {
			boolean received = receive(invocation, values, () -> {
				result[0] = proceed(invocation);
				if (standIns.stream().anyMatch(StandIn::isRefused)) {
					throw new RefusedException();
				}
			});
			standIns.forEach(received ? StandIn::passOn : StandIn::skip);
		}
		catch (RefusedException ex) {
			standIns.forEach(StandIn::passOn);
		}
		return result[0];
	}

	/** Puts them in the places of the arguments that they stand in for. */
	private List<StandIn> standIns(@Nullable Object[] values) {
		List<StandIn> standIns = new ArrayList<>();
		for (int i = 0; i < values.length; i++) {
			Object value = values[i];
			for (MessageReader reader : this.readers) {
				StandIn standIn = (value != null) ? reader.standIn(value) : null;
				if (standIn != null) {
					standIns.add(standIn);
					values[i] = standIn;
				}
			}
		}
		return standIns;
	}

	private boolean receive(MethodInvocation invocation, @Nullable Object[] values, InboxAction<Exception> call)
			throws Exception {
		ReceivedArguments arguments = ReceivedArguments.of(values, this.receiver.batch().applyAsInt(values),
				this.readers);
		if (!arguments.isBatch()) {
			return this.inbox.get().receive(this.receiver.consumer(), this.receiver.identity().apply(values), call);
		}
		List<Integer> all = IntStream.range(0, arguments.size()).boxed().toList();
		return this.inbox.get()
			.receiveAll(this.receiver.consumer(), all, (index) -> this.receiver.identity().apply(arguments.of(index)),
					(kept) -> {
						if (kept.size() < all.size()) {
							((ProxyMethodInvocation) invocation).setArguments(arguments.only(kept));
						}
						callForBatch(call);
					}) > 0;
	}

	private void callForBatch(InboxAction<Exception> call) throws Exception {
		try {
			call.run();
		}
		catch (Exception ex) {
			for (MessageReader reader : this.readers) {
				RuntimeException whole = reader.ofWholeBatch(ex);
				if (whole != null) {
					throw whole;
				}
			}
			throw ex;
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

	/**
	 * Rolls back for a listener that has said, without failing, that it wants messages
	 * again.
	 */
	private static final class RefusedException extends RuntimeException {

		private static final long serialVersionUID = 1L;

	}

}
