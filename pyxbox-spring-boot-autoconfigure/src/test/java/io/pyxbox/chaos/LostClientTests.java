package io.pyxbox.chaos;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import io.pyxbox.OutboxListener;
import io.pyxbox.scenario.Counted;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A client is gone in the middle of a call to the outside, and something in between keeps
 * its connection open, so that the server does not notice.
 */
class LostClientTests extends Trouble {

	/** Given up after 20 seconds; then somebody else has to look. */
	private static final Duration TAKEN_OVER_WITHIN = Duration.ofSeconds(40);

	@Test
	void itsLanesAreTakenOverLongBeforeTheCallWouldBeTimedOut() {
		TestApplication lost = start(App.class, 0, "app.hangs=true", "pyxbox.poller.listener-timeout=10m");
		lost.outbox().emit(new Counted("a", 1));
		await().until(() -> !lost.bean(Outside.class).called().isEmpty());
		this.network.forget();

		TestApplication other = startPastTheNetwork(App.class, 0, "app.hangs=false");

		await().atMost(TAKEN_OVER_WITHIN).until(() -> !other.bean(Outside.class).called().isEmpty());
		lost.bean(Outside.class).hangs().countDown();
		this.network.bury();
		await().until(() -> this.tables.events() == 0);
		assertThat(other.bean(Outside.class).called()).containsExactly(1);
		assertThat(lost.bean(Outside.class).called()).containsExactly(1);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Outside outside(Environment environment) {
			boolean hangs = environment.getRequiredProperty("app.hangs", Boolean.class);
			return new Outside(new CopyOnWriteArrayList<>(), new CountDownLatch(hangs ? 1 : 0));
		}

	}

	record Outside(List<Integer> called, CountDownLatch hangs) {

		@OutboxListener(transactional = false)
		void call(Counted event) throws InterruptedException {
			this.called.add(event.number());
			this.hangs.await();
		}

	}

}
