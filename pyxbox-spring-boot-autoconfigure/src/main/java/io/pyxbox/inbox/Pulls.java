package io.pyxbox.inbox;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventType;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.dispatch.DeliverySettings;
import io.pyxbox.dispatch.PullConsumers;
import io.pyxbox.dispatch.PullLoops;
import io.pyxbox.store.Subscription;

/**
 * What all views of an inbox have in common.
 *
 * @param types knows the classes of events
 * @param codec reads events
 * @param settings what follows when events that are consumed fail
 * @param consumers registers those who pull
 * @param transactions pulls
 * @param loops pulls until it is stopped
 * @param keeper is told that there are consumers
 */
record Pulls(EventTypes types, EventCodec codec, DeliverySettings settings, PullConsumers consumers,
		PullTransactions transactions, PullLoops loops, Runnable keeper) {

	/**
	 * Events of types that are assignable to a class, of any topic or of certain ones.
	 * @throws IllegalArgumentException if an upcaster is missing: nothing is pulled then
	 * that would become a dead letter
	 */
	PullTarget target(ConsumerId consumer, Class<?> type, Set<String> topics) {
		Set<EventType> taken = this.types.assignableTo(type);
		Set<String> names = new HashSet<>();
		for (EventType each : taken) {
			names.addAll(this.types.names(each));
			if (each.version() > 1) {
				this.types.requireReadable(each);
			}
		}
		Set<Subscription.Route> routes = new HashSet<>();
		topics.forEach((topic) -> names.forEach((name) -> routes.add(new Subscription.Route(name, topic))));
		Subscription subscription = topics.isEmpty() ? new Subscription(names, Set.of())
				: new Subscription(Set.of(), routes);
		return new PullTarget(consumer, subscription, this.settings, this.types, this.codec,
				this.types.knownVersions(taken));
	}

	/** Has events kept for a consumer, unless that is done. */
	PullTarget register(PullTarget target) {
		try {
			this.consumers.register(target.consumer(), target.subscription());
		}
		catch (SQLException ex) {
			throw this.transactions.ambient().translate("Registering consumer '" + target.consumer() + "'", ex);
		}
		this.keeper.run();
		return target;
	}

}
