package io.pyxbox.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

import io.pyxbox.testdatabase.TestDatabase.Server;
import io.pyxbox.testdatabase.TestDatabase.Shutdown;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Lets one thing after the other go wrong, and sometimes two at a time.
 */
final class Chaos {

	private static final Fault[] FAULTS = Fault.values();

	private static final long BEYOND_TIMEOUT = Connections.BEYOND_TIMEOUT.toMillis();

	/** What goes wrong in a moment, so that it can do so while something else lasts. */
	private static final List<Fault> MOMENTARY = List.of(Fault.KILL, Fault.TERMINATED_SESSIONS, Fault.CUT);

	private final Server server;

	private final JdbcClient jdbc;

	private final Fleet fleet;

	private final RandomGenerator random;

	private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);

	private final List<Duration> recoveries = new ArrayList<>();

	Chaos(Server server, JdbcClient jdbc, Fleet fleet, RandomGenerator random) {
		this.server = server;
		this.jdbc = jdbc;
		this.fleet = fleet;
		this.random = random;
	}

	Map<Fault, Integer> counts() {
		return this.counts;
	}

	/** How long after each return of the server all instances delivered again. */
	List<Duration> recoveries() {
		return this.recoveries;
	}

	/** Lets something go wrong, and waits until it is over. */
	void strike() {
		this.fleet.tend();
		strike(FAULTS[this.random.nextInt(FAULTS.length)]);
	}

	private void strike(Fault fault) {
		this.counts.merge(fault, 1, Integer::sum);
		switch (fault) {
			case KILL -> anyInstance().kill();
			case ROLL -> anyInstance().roll();
			case PAUSE -> pause();
			case SERVER_RESTART -> restart(Shutdown.FAST);
			case SERVER_CRASH -> restart(Shutdown.IMMEDIATE);
			case TERMINATED_SESSIONS -> terminateSessions();
			case CUT -> disturb(FaultyProxy::cut, 0, FaultyProxy::pass);
			case DELAY ->
				disturb((network) -> network.delay(Duration.ofMillis(upTo(100))), upTo(3_000), FaultyProxy::pass);
			case BLACKHOLE -> disturb(FaultyProxy::blackhole, upTo(BEYOND_TIMEOUT), FaultyProxy::pass);
			case FORGOTTEN_CONNECTIONS -> disturb(FaultyProxy::forget, upTo(BEYOND_TIMEOUT), FaultyProxy::bury);
			case LOST_REPLIES -> disturb(FaultyProxy::blackholeReplies, upTo(500), (network) -> {
				network.cut();
				network.pass();
			});
			case REFUSED_CONNECTIONS -> disturb(FaultyProxy::refuse, upTo(2_000), FaultyProxy::pass);
		}
	}

	private void pause() {
		Instance instance = anyInstance();
		instance.pause();
		try {
			last(BEYOND_TIMEOUT);
		}
		finally {
			instance.resume();
		}
	}

	private void terminateSessions() {
		this.jdbc.sql("""
				select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
				  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
				  order by random() limit ?) s
				""").param(1 + this.random.nextInt(10)).query(Integer.class).single();
	}

	private void restart(Shutdown how) {
		this.fleet.awaitDeliveryByAll();
		this.server.stop(how);
		Pause.of(Duration.ofMillis(upTo(2_000)));
		this.server.startAgain();
		this.recoveries.add(this.fleet.awaitDeliveryByAll());
	}

	private void disturb(Consumer<FaultyProxy> begin, long millis, Consumer<FaultyProxy> end) {
		List<Instance> affected = this.random.nextBoolean() ? this.fleet.instances() : List.of(anyInstance());
		affected.forEach((instance) -> begin.accept(instance.network()));
		last(millis);
		affected.forEach((instance) -> end.accept(instance.network()));
	}

	/** Something lasts; meanwhile something else may go wrong. */
	private void last(long millis) {
		Pause.of(Duration.ofMillis(millis / 2));
		if (millis > 0 && this.random.nextBoolean()) {
			strike(MOMENTARY.get(this.random.nextInt(MOMENTARY.size())));
		}
		Pause.of(Duration.ofMillis(millis - millis / 2));
	}

	private long upTo(long max) {
		return 1 + this.random.nextLong(max);
	}

	private Instance anyInstance() {
		List<Instance> instances = this.fleet.instances();
		return instances.get(this.random.nextInt(instances.size()));
	}

}
