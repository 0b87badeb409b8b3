package io.pyxbox.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;

import javax.sql.DataSource;

import io.pyxbox.TransactionalOutbox;
import io.pyxbox.dispatch.OutboxPoller;

import org.springframework.context.ApplicationContext;

/**
 * pyxbox with its default settings.
 */
final class Pyxbox implements Contender {

	private static final Duration TIME_LIMIT = Duration.ofMinutes(2);

	private final String name;

	private final ApplicationContext context;

	private final Function<Order, Object> event;

	private final boolean inserts;

	Pyxbox(String name, ApplicationContext context, Function<Order, Object> event, boolean inserts) {
		this.name = name;
		this.context = context;
		this.event = event;
		this.inserts = inserts;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public void reset() {
		this.context.getBean(OutboxApplication.class).reset();
		Sql.execute(dataSource(), "TRUNCATE events, events_retry, events_dead_letter");
		Sql.execute(dataSource(), "DROP TABLE IF EXISTS effects");
		Sql.execute(dataSource(), "CREATE TABLE effects (number integer NOT NULL)");
	}

	@Override
	public void fill(List<Order> backlog) {
		this.context.getBean(TransactionalOutbox.class).emitAll(backlog.stream().map(this.event).toList());
	}

	@Override
	public void drain(int events) throws InterruptedException {
		OutboxPoller poller = this.context.getBean(OutboxPoller.class);
		long deadline = System.nanoTime() + TIME_LIMIT.toNanos();
		poller.start();
		OutboxApplication application = this.context.getBean(OutboxApplication.class);
		// Looking at the table all the time would be work for the server, too.
		while (application.handled() < events || Sql.count(dataSource(), "events") > 0) {
			if (System.nanoTime() > deadline) {
				throw new IllegalStateException(this.name + " has not drained its backlog after " + TIME_LIMIT);
			}
			Thread.sleep(1);
		}
		poller.stop();
	}

	@Override
	public Effects effects() {
		return this.inserts ? Sql.effects(dataSource()) : this.context.getBean(OutboxApplication.class).seenInMemory();
	}

	private DataSource dataSource() {
		return this.context.getBean(DataSource.class);
	}

}
