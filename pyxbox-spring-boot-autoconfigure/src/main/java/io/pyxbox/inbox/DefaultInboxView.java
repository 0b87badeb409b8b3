package io.pyxbox.inbox;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventEnvelope;
import io.pyxbox.InboxHandler;
import io.pyxbox.InboxView;
import io.pyxbox.dispatch.DecodedEvent;

/**
 * A view of the events whose classes are assignable to one, as one consumer pulls them.
 *
 * @param <T> what they are assignable to
 */
class DefaultInboxView<T> implements InboxView<T> {

	private final Pulls pulls;

	private final ConsumerId consumer;

	private final Class<T> type;

	private final Set<String> topics;

	DefaultInboxView(Pulls pulls, ConsumerId consumer, Class<T> type, Set<String> topics) {
		this.pulls = pulls;
		this.consumer = consumer;
		this.type = type;
		this.topics = topics;
	}

	@Override
	public <E extends T> InboxView<E> ofType(Class<E> type) {
		this.pulls.types().registerInstantiable(type);
		if (this.pulls.types().assignableTo(type).isEmpty()) {
			throw new IllegalArgumentException("No event class is assignable to " + type.getName()
					+ ". Annotate the event classes with @OutboxEvent in a package of the application or of "
					+ "'pyxbox.event-packages', or name one that can be instantiated.");
		}
		return new DefaultInboxView<>(this.pulls, this.consumer, type, this.topics);
	}

	@Override
	public InboxView<T> ofTopics(String... topics) {
		if (topics.length == 0) {
			throw new IllegalArgumentException("A view of no topics has no events");
		}
		return new DefaultInboxView<>(this.pulls, this.consumer, this.type,
				Arrays.stream(topics).map(Objects::requireNonNull).collect(Collectors.toUnmodifiableSet()));
	}

	@Override
	public InboxView<T> register() {
		this.pulls.register(target());
		return this;
	}

	@Override
	public <X extends Exception> boolean next(InboxHandler<? super EventEnvelope<T>, X> handler) throws X {
		return this.pulls.transactions()
			.inOwn(this.pulls.register(target()), 1, (events) -> handler.handle(envelope(events.get(0)))) > 0;
	}

	@Override
	public Optional<EventEnvelope<T>> next() {
		return this.pulls.transactions().inAmbient(this.pulls.register(target())).map(this::envelope);
	}

	@Override
	public <X extends Exception> int take(int max, InboxHandler<? super List<EventEnvelope<T>>, X> handler) throws X {
		if (max < 1 || max > MAX_TAKEN) {
			throw new IllegalArgumentException("max must be from 1 to " + MAX_TAKEN + ", but is " + max);
		}
		return this.pulls.transactions()
			.inOwn(this.pulls.register(target()), max,
					(events) -> handler.handle(events.stream().map(this::envelope).toList()));
	}

	@Override
	public void consume(InboxHandler<? super EventEnvelope<T>, ? extends Exception> handler) {
		this.pulls.consumers().requireFree(this.consumer);
		this.pulls.loops().run(() -> this.pulls.register(target()), (event) -> handler.handle(envelope(event)));
	}

	private PullTarget target() {
		return this.pulls.target(this.consumer, this.type, this.topics);
	}

	private EventEnvelope<T> envelope(DecodedEvent event) {
		return new EventEnvelope<>(this.type.cast(event.content()), event.metadata());
	}

	Pulls pulls() {
		return this.pulls;
	}

}
