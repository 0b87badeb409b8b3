package io.pyxbox.autoconfigure;

import java.util.ArrayList;
import java.util.List;

import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * Starts applications with all that Spring Boot finds on the class path.
 */
final class TestApplications {

	static final String WITHOUT_JPA = "spring.autoconfigure.exclude="
			+ "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration,"
			+ "org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration";

	private TestApplications() {
	}

	static ConfigurableApplicationContext start(TestDatabase database, Class<?> configuration, String... properties) {
		List<String> arguments = new ArrayList<>(List.of("spring.datasource.url=" + database.jdbcUrl(),
				"spring.datasource.username=" + database.username(),
				"spring.datasource.password=" + database.password(), "spring.datasource.hikari.maximum-pool-size=4",
				"spring.liquibase.enabled=false", "spring.main.banner-mode=off", "spring.main.log-startup-info=false",
				"logging.level.root=warn"));
		arguments.addAll(List.of(properties));
		return new SpringApplicationBuilder(Application.class, configuration).web(WebApplicationType.NONE)
			.registerShutdownHook(false)
			.run(arguments.stream().map((argument) -> "--" + argument).toArray(String[]::new));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
