package io.pyxbox.context;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.pyxbox.OutboxEvent;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.dispatch.DecodedEvent;
import io.pyxbox.listener.DeliveryScope;

import org.springframework.context.ApplicationEvent;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;

/**
 * Emits what an application publishes by Spring's {@code ApplicationEventPublisher}, if
 * its class is annotated with {@link OutboxEvent}. A listener among others: the
 * multicaster is the application's, and so is what its own listeners do.
 * <p>
 * It comes first, so that an event is stored before those that local listeners publish in
 * consequence of it, and stays on the publishing thread whatever the multicaster does
 * with others: on another thread the event would leave its transaction.
 * <p>
 * Of an event that is delivered here, the very object may be published for local
 * listeners, on the thread of the delivery: it is not stored again, or it would come back
 * for ever. Thread-safe.
 */
public final class ApplicationEvents implements GenericApplicationListener, DeliveryScope {

	private final Supplier<TransactionalOutbox> outbox;

	private final Map<Class<?>, Boolean> annotated = new ConcurrentHashMap<>();

	private final ThreadLocal<Deque<List<DecodedEvent>>> delivered = ThreadLocal.withInitial(ArrayDeque::new);

	/**
	 * Creates an instance.
	 * @param outbox finds the outbox, which need not be there before the first event is
	 * published that is for it
	 */
	public ApplicationEvents(Supplier<TransactionalOutbox> outbox) {
		this.outbox = outbox;
	}

	@Override
	public boolean supportsEventType(ResolvableType eventType) {
		return PayloadApplicationEvent.class.isAssignableFrom(eventType.toClass());
	}

	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public void onApplicationEvent(ApplicationEvent event) {
		Object payload = ((PayloadApplicationEvent<?>) event).getPayload();
		if (isForTheOutbox(payload.getClass()) && !isBeingDelivered(payload)) {
			this.outbox.get().emit(payload);
		}
	}

	private boolean isForTheOutbox(Class<?> type) {
		return this.annotated.computeIfAbsent(type, (absent) -> absent.isAnnotationPresent(OutboxEvent.class));
	}

	private boolean isBeingDelivered(Object payload) {
		return this.delivered.get()
			.stream()
			.anyMatch((events) -> events.stream().anyMatch((event) -> event.content() == payload));
	}

	@Override
	public void around(List<DecodedEvent> events, Call call) throws Exception {
		Deque<List<DecodedEvent>> delivered = this.delivered.get();
		delivered.push(events);
		try {
			call.run();
		}
		finally {
			delivered.pop();
		}
	}

}
