package io.pyxbox.scenario;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.pyxbox.DeliveryIsolation;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/**
 * Listeners of every kind that do the same work: they emit a follow-up, write into the
 * ledger and fail where they are told to.
 */
final class WorkingListeners {

	private WorkingListeners() {
	}

	@OutboxEvent(type = "follow-up")
	record FollowUp(int number) {
	}

	record Faults(Set<Integer> always, Set<Integer> once) {

		void strike(Counted event) {
			if (this.always.contains(event.number()) || this.once.remove(event.number())) {
				throw new Mishap("number " + event.number() + " fails");
			}
		}

	}

	record Work(Ledger ledger, TransactionalOutbox outbox, Journal journal, Faults faults) {

		void on(Counted event, EventMetadata metadata) {
			this.journal.note(event, metadata);
			this.outbox.emit(new FollowUp(event.number()));
			this.ledger.write(event, metadata);
			this.faults.strike(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Working {

		@Bean
		Journal journal() {
			return new Journal();
		}

		@Bean
		Faults faults() {
			return new Faults(ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet());
		}

		@Bean
		Work work(Ledger ledger, TransactionalOutbox outbox, Journal journal, Faults faults) {
			return new Work(ledger, outbox, journal, faults);
		}

		@Bean
		FollowUpListener followUpListener(JdbcClient jdbc) {
			return new FollowUpListener(jdbc);
		}

	}

	record FollowUpListener(JdbcClient jdbc) {

		@OutboxListener
		void on(FollowUp event) {
			this.jdbc.sql("insert into follow_up values (?)").param(event.number()).update();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class ByEvent {

		@Bean
		EventListener listener(Work work) {
			return new EventListener(work);
		}

	}

	record EventListener(Work work) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class ByEnvelope {

		@Bean
		EnvelopeListener listener(Work work) {
			return new EnvelopeListener(work);
		}

	}

	record EnvelopeListener(Work work) {

		@OutboxListener
		void on(EventEnvelope<Counted> envelope) {
			this.work.on(envelope.event(), envelope.metadata());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class ByChunk {

		@Bean
		ChunkListener listener(Work work) {
			return new ChunkListener(work);
		}

	}

	record ChunkListener(Work work) {

		@OutboxListener(isolation = DeliveryIsolation.CHUNK)
		void on(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class ByList {

		@Bean
		ListListener listener(Work work) {
			return new ListListener(work);
		}

	}

	record ListListener(Work work) {

		@OutboxListener
		void on(List<EventEnvelope<Counted>> envelopes) {
			envelopes.forEach((envelope) -> this.work.on(envelope.event(), envelope.metadata()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Working.class)
	static class Transactionally {

		@Bean
		TransactionalListener listener(Work work) {
			return new TransactionalListener(work);
		}

	}

	static class TransactionalListener {

		private final Work work;

		TransactionalListener(Work work) {
			this.work = work;
		}

		@OutboxListener
		@Transactional
		public void on(Counted event, EventMetadata metadata) {
			this.work.on(event, metadata);
		}

	}

}
