package io.pyxbox.scenario;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * An application whose listeners can write into the ledger.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class LedgerApplication {

	@Bean
	Ledger ledger(JdbcClient jdbc) {
		return new Ledger(jdbc);
	}

}
