package io.pyxbox.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

import io.pyxbox.TransactionalOutbox;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * An instance: it emits, and delivers what it and the others have emitted. Further
 * properties are {@code chaos.failing=false}, for listeners that never fail, and
 * {@code chaos.slowness}, how long calls to the outside take.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class ChaosApplication {

	/**
	 * Returns the properties of an instance.
	 * @param slot which instance it is
	 * @param outside where its effects outside the database go
	 * @param eventsPerSecond how many events to emit
	 */
	static String[] properties(int slot, Path outside, int eventsPerSecond) {
		return new String[] { "chaos.slot=" + slot, "chaos.outside=" + outside,
				"chaos.events-per-second=" + eventsPerSecond };
	}

	@Bean
	OutsideFile outsideFile(Environment environment) throws IOException {
		return new OutsideFile(Path.of(environment.getRequiredProperty("chaos.outside")));
	}

	@Bean
	Consumers consumers(JdbcClient jdbc, OutsideFile outside, Environment environment) {
		return new Consumers(jdbc, outside, environment.getRequiredProperty("chaos.slot", Integer.class),
				environment.getProperty("chaos.slowness", Duration.class, Duration.ZERO));
	}

	@Bean
	Bookkeeper bookkeeper(JdbcClient jdbc, TransactionalOutbox outbox, PlatformTransactionManager manager,
			Environment environment) {
		return new Bookkeeper(jdbc, outbox, manager, environment.getProperty("chaos.failing", Boolean.class, true));
	}

	@Bean
	Emitter emitter(Bookkeeper bookkeeper, Environment environment) {
		return new Emitter(bookkeeper, environment.getRequiredProperty("chaos.events-per-second", Integer.class));
	}

}
