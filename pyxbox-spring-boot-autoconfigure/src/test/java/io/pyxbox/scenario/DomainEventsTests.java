package io.pyxbox.scenario;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.pyxbox.InvalidEventException;
import io.pyxbox.OutboxEvent;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.data.domain.AbstractAggregateRoot;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.data.repository.CrudRepository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The events that an aggregate of Spring Data has registered are stored with it.
 */
class DomainEventsTests extends EmitScenario {

	DomainEventsTests() {
		super(App.class, TestApplication.WITHOUT_MIGRATIONS, "spring.jpa.hibernate.ddl-auto=none",
				"pyxbox.poller.auto-startup=false");
	}

	@BeforeEach
	void createAggregates() {
		this.tables.execute("create table if not exists basket (id bigint primary key, content text)");
		this.tables.execute("truncate basket");
		this.application.bean(LocalListener.class).heard().clear();
	}

	@Test
	void anAggregateAndItsEventsAreStoredTogether() {
		this.application.inTransaction(() -> baskets().save(new Basket(1).fill("apples")));

		assertThat(this.tables.count("basket")).isOne();
		assertThat(this.shop.told()).containsExactly("apples");
		assertThat(this.application.bean(LocalListener.class).heard()).containsExactly("apples");
	}

	@Test
	void theyRollBackTogether() {
		this.application.inTransaction((status) -> {
			baskets().save(new Basket(1).fill("apples"));
			status.setRollbackOnly();
		});

		assertThat(this.tables.count("basket")).isZero();
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void theTransactionOfTheRepositoryItselfIsEnough() {
		baskets().save(new Basket(1).fill("apples"));
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> baskets().save(new Basket(2).fill("NUL \0")));

		assertThat(this.tables.count("basket")).isOne();
		assertThat(this.shop.told()).containsExactly("apples");
	}

	@Test
	void eventsAreStoredOnceHoweverOftenTheAggregateIsSaved() {
		this.application.inTransaction(() -> {
			Basket basket = baskets().save(new Basket(1).fill("apples"));
			baskets().save(basket);
			baskets().save(basket.fill("pears"));
		});

		assertThat(this.shop.told()).containsExactly("apples", "pears");
	}

	private Baskets baskets() {
		return this.application.bean(Baskets.class);
	}

	@OutboxEvent(type = "filled", partitionKey = "basket")
	record Filled(long basket, String label) {
	}

	@Entity(name = "basket")
	static class Basket extends AbstractAggregateRoot<Basket> {

		@Id
		private long id;

		private String content = "";

		protected Basket() {
		}

		Basket(long id) {
			this.id = id;
		}

		Basket fill(String label) {
			this.content = label.replace('\0', ' ');
			registerEvent(new Filled(this.id, label));
			return this;
		}

	}

	interface Baskets extends CrudRepository<Basket, Long> {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableJpaRepositories(considerNestedRepositories = true, basePackageClasses = DomainEventsTests.class)
	@EntityScan(basePackageClasses = DomainEventsTests.class)
	static class App {

		@Bean
		LocalListener localListener() {
			return new LocalListener(new ConcurrentLinkedQueue<>());
		}

	}

	record LocalListener(Queue<String> heard) {

		@EventListener
		void on(Filled event) {
			this.heard.add(event.label());
		}

	}

}
