package io.pyxbox.listener;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeliveryIsolation;
import io.pyxbox.OutboxListener;
import io.pyxbox.Retry;
import io.pyxbox.codec.EventType;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.dispatch.DeliverySettings;
import io.pyxbox.dispatch.FailurePolicy;
import io.pyxbox.dispatch.RetryPolicy;
import io.pyxbox.store.Subscription;
import io.pyxbox.store.TopicPattern;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.convert.DurationStyle;

/**
 * Reads {@code @OutboxListener} annotations: in two steps, because a listener for an
 * interface takes what other listeners have registered.
 */
final class ListenerMethodFactory {

	private final ConfigurableBeanFactory beanFactory;

	private final EventTypes types;

	private final ListenerDefaults defaults;

	ListenerMethodFactory(ConfigurableBeanFactory beanFactory, EventTypes types, ListenerDefaults defaults) {
		this.beanFactory = beanFactory;
		this.types = types;
		this.defaults = defaults;
	}

	/** First step: what the listener can be sure to receive. */
	void registerTypes(Candidate candidate) {
		try {
			classesOf(candidate).forEach(this.types::registerInstantiable);
		}
		catch (IllegalArgumentException ex) {
			throw problem(candidate, "has a problem with its event class: " + ex.getMessage(),
					"Mend the declaration of the event class.");
		}
	}

	/** Second step. */
	ListenerMethod create(Candidate candidate) {
		OutboxListener annotation = candidate.annotation();
		String named = resolve(candidate, annotation.consumer());
		String consumer = named.isEmpty() ? candidate.beanName() + "." + candidate.method().getName() : named;
		ConsumerId id;
		try {
			id = new ConsumerId(consumer);
		}
		catch (IllegalArgumentException ex) {
			throw problem(candidate, "has no usable consumer name: " + ex.getMessage(),
					"Set consumer = \"...\" on the annotation.");
		}
		return new ListenerMethod(this.beanFactory, candidate.beanName(), candidate.method(), candidate.signature(), id,
				!named.isEmpty(), subscription(candidate), settings(candidate));
	}

	private Subscription subscription(Candidate candidate) {
		Set<String> taken = namesOf(candidate);
		if (candidate.signature().isRaw() && taken.isEmpty()) {
			return topicsOf(candidate);
		}
		if (taken.isEmpty()) {
			throw problem(candidate,
					"takes nothing: no registered event class is assignable to "
							+ candidate.signature().eventClass().getName() + ".",
					"Annotate the event classes with @OutboxEvent in a package of the application or of "
							+ "'pyxbox.event-packages', or list them in types = {...}.");
		}
		String[] topics = candidate.annotation().topics();
		if (topics.length == 0) {
			return new Subscription(taken, Set.of());
		}
		Set<Subscription.Route> routes = new HashSet<>();
		for (String topic : topics) {
			taken.forEach((type) -> routes.add(new Subscription.Route(type, resolve(candidate, topic))));
		}
		return new Subscription(Set.of(), routes);
	}

	/** The names of what it takes. */
	private Set<String> namesOf(Candidate candidate) {
		Set<String> taken = new HashSet<>();
		for (String name : candidate.annotation().typeNames()) {
			taken.add(resolve(candidate, name));
		}
		if (!candidate.signature().isRaw() && !taken.isEmpty()) {
			throw problem(candidate, "has typeNames, but takes objects.",
					"Set types = {...}, or declare a JsonNode or an EventEnvelope<String> as its parameter.");
		}
		for (Class<?> listed : classesOf(candidate)) {
			for (EventType type : this.types.assignableTo(listed)) {
				taken.addAll(this.types.names(type));
				if (!candidate.signature().isRaw()) {
					requireReadable(candidate, type);
				}
			}
		}
		return taken;
	}

	private void requireReadable(Candidate candidate, EventType type) {
		try {
			this.types.requireReadable(type);
		}
		catch (IllegalArgumentException ex) {
			throw problem(candidate, "could not read all of its events: " + ex.getMessage(),
					"Declare an EventUpcaster bean for each version that is missing.");
		}
	}

	private Subscription topicsOf(Candidate candidate) {
		Set<TopicPattern> topics = new HashSet<>();
		for (String topic : candidate.annotation().topics()) {
			topics.add(new TopicPattern(resolve(candidate, topic)));
		}
		if (topics.isEmpty()) {
			throw problem(candidate, "takes JSON, but does not say of which events.",
					"Set typeNames = {...} or topics = {...}; topics = \"*\" stands for all that have a topic.");
		}
		return Subscription.toTopics(topics);
	}

	private List<Class<?>> classesOf(Candidate candidate) {
		if (candidate.signature().isRaw()) {
			return Arrays.asList(candidate.annotation().types());
		}
		Class<?> parameter = candidate.signature().eventClass();
		Class<?>[] types = candidate.annotation().types();
		for (Class<?> type : types) {
			if (!parameter.isAssignableFrom(type)) {
				throw problem(candidate,
						"lists the type " + type.getName() + ", which is not a " + parameter.getName() + ".",
						"Remove it from types, or declare a parameter that can take it.");
			}
		}
		return (types.length > 0) ? Arrays.asList(types) : List.of(parameter);
	}

	private DeliverySettings settings(Candidate candidate) {
		OutboxListener annotation = candidate.annotation();
		int concurrency = annotation.concurrency();
		if (concurrency == 0 || concurrency < -1) {
			throw problem(candidate, "has a concurrency of " + concurrency + ".", "Set a positive concurrency.");
		}
		if (!annotation.transactional() && annotation.isolation() != DeliveryIsolation.EVENT) {
			throw problem(candidate, "sets an isolation, but is not transactional.",
					"Remove isolation, or make the listener transactional.");
		}
		boolean limitsLanes = annotation.transactional() && concurrency > 0;
		return new DeliverySettings(annotation.transactional(), annotation.isolation(),
				candidate.signature().wholeChunk(), limitsLanes ? concurrency : Integer.MAX_VALUE,
				(concurrency > 0) ? concurrency : this.defaults.calls(), failures(candidate));
	}

	private FailurePolicy failures(Candidate candidate) {
		OutboxListener annotation = candidate.annotation();
		RetryPolicy retry = retry(candidate);
		try {
			Duration timeout = duration(candidate, annotation.timeout(),
					annotation.transactional() ? Duration.ZERO : this.defaults.timeout());
			return new FailurePolicy(retry, annotation.onExhaustion(), timeout.isZero() ? null : timeout,
					annotation.circuitBreaker());
		}
		catch (IllegalArgumentException ex) {
			throw problem(candidate, "has a timeout that cannot work: " + ex.getMessage() + ".",
					"Set a duration, as in timeout = \"30s\".");
		}
	}

	private RetryPolicy retry(Candidate candidate) {
		Retry own = candidate.annotation().retry();
		RetryPolicy defaults = this.defaults.retry();
		try {
			return new RetryPolicy((own.maxAttempts() != -1) ? own.maxAttempts() : defaults.maxAttempts(),
					duration(candidate, own.initialInterval(), defaults.initialInterval()),
					(own.multiplier() != -1) ? own.multiplier() : defaults.multiplier(),
					duration(candidate, own.maxInterval(), defaults.maxInterval()),
					(own.jitter() != -1) ? own.jitter() : defaults.jitter(), excludes(own, defaults));
		}
		catch (IllegalArgumentException ex) {
			throw problem(candidate, "has a retry that cannot work: " + ex.getMessage() + ".",
					"Correct retry = @Retry(...), or the properties 'pyxbox.retry.*' it falls back to.");
		}
	}

	private static Set<Class<? extends Throwable>> excludes(Retry own, RetryPolicy defaults) {
		Set<Class<? extends Throwable>> excludes = new HashSet<>(defaults.excludes());
		excludes.addAll(Arrays.asList(own.excludes()));
		return excludes;
	}

	private Duration duration(Candidate candidate, String text, Duration otherwise) {
		String resolved = resolve(candidate, text);
		return resolved.isEmpty() ? otherwise : DurationStyle.detectAndParse(resolved);
	}

	private String resolve(Candidate candidate, String text) {
		try {
			String resolved = this.beanFactory.resolveEmbeddedValue(text);
			return (resolved != null) ? resolved : "";
		}
		catch (IllegalArgumentException ex) {
			throw problem(candidate, "has a placeholder that cannot be resolved: " + ex.getMessage() + ".",
					"Define the property, or give it a default: ${name:default}.");
		}
	}

	private static InvalidListenerException problem(Candidate candidate, String problem, String action) {
		return new InvalidListenerException(candidate.beanName(), candidate.method(), problem, action);
	}

	/**
	 * An annotated method whose signature is valid.
	 *
	 * @param beanName the name of its bean
	 * @param method the method, as it can be called on the bean
	 * @param signature what it takes
	 * @param annotation the annotation
	 */
	record Candidate(String beanName, Method method, ListenerSignature signature, OutboxListener annotation) {
	}

}
