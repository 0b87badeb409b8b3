package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import javax.sql.DataSource;

import io.pyxbox.benchmarks.event.Handler;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A contender in a Spring Boot application.
 */
abstract class SpringContender implements Contender {

	private final GenericApplicationContext context;

	private final DataSource dataSource;

	private final TransactionTemplate transactions;

	/**
	 * Starts the application.
	 * @param target its database
	 * @param handler its handler, which is also a bean
	 * @param library the package of the contender's auto-configurations
	 * @param properties its settings
	 * @param beans registers what the application consists of
	 */
	SpringContender(Target target, Handler handler, String library, Map<String, String> properties,
			Consumer<GenericApplicationContext> beans) {
		List<String> arguments = new ArrayList<>(List.of("--spring.datasource.url=" + target.jdbcUrl(),
				"--spring.datasource.username=" + target.username(),
				"--spring.datasource.password=" + target.password(), "--spring.main.banner-mode=off",
				"--spring.main.keep-alive=false", "--" + OwnLibraryOnly.PROPERTY + "=" + library));
		properties.forEach((name, value) -> arguments.add("--" + name + "=" + value));
		ApplicationContextInitializer<GenericApplicationContext> initializer = (starting) -> {
			starting.registerBean(Handler.class, () -> handler);
			starting.registerBean(OrderHandler.class);
			beans.accept(starting);
		};
		this.context = (GenericApplicationContext) new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.initializers(initializer)
			.run(arguments.toArray(String[]::new));
		this.dataSource = bean(DataSource.class);
		this.transactions = new TransactionTemplate(bean(PlatformTransactionManager.class));
	}

	protected final <T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	protected final GenericApplicationContext context() {
		return this.context;
	}

	protected final DataSource dataSource() {
		return this.dataSource;
	}

	@Override
	public final void inTransaction(SqlWork work) {
		this.transactions.executeWithoutResult((status) -> {
			Connection connection = DataSourceUtils.getConnection(this.dataSource);
			try {
				work.run(connection);
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
			finally {
				DataSourceUtils.releaseConnection(connection, this.dataSource);
			}
		});
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * What all applications have in common.
	 */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
