package io.pyxbox;

/**
 * How the events that a transactional listener receives in one transaction are kept apart
 * from each other.
 */
public enum DeliveryIsolation {

	/**
	 * Each event stands alone: one that fails is rolled back without its neighbours being
	 * delivered again. Safe for listeners that also have an effect outside the database.
	 * <p>
	 * With a transaction manager that has no savepoints (JPA) the neighbours of a failed
	 * event are rolled back with it and delivered again one by one: in the database their
	 * effect is still exactly once.
	 */
	EVENT,

	/**
	 * The listener's effects are all in this database: if one event fails, the whole
	 * chunk is rolled back and its events are delivered one by one. About twice as fast
	 * for listeners that write.
	 */
	CHUNK

}
