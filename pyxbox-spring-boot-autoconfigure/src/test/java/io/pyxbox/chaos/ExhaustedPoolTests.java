package io.pyxbox.chaos;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.system.CapturedOutput;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application uses all the connections of its pool itself.
 */
class ExhaustedPoolTests extends Trouble {

	private static final int POOL = 6;

	private final List<Connection> held = new ArrayList<>();

	@Test
	void emittingNeedsNoSecondConnectionAndDeliveryGoesOnWhenThereIsOneAgain(CapturedOutput output) throws Exception {
		TestApplication application = start(0, "spring.datasource.hikari.maximum-pool-size=" + POOL);
		HikariDataSource pool = application.bean(HikariDataSource.class);

		application.inTransaction(() -> {
			hold(pool, POOL - 1);
			awaitWarning(output);
			application.bean(Bookkeeper.class).emit(List.of(new Entry("account-1", 1, 0)));
		});
		assertThat(this.tables.events()).isPositive();
		for (Connection connection : this.held) {
			connection.close();
		}

		await().atMost(SOON).until(this.books::isDrained);
		assertBalanced();
		assertWarnedOnce(output);
		HikariPoolMXBean state = pool.getHikariPoolMXBean();
		await().until(() -> state.getActiveConnections() == 0);
	}

	/** Takes turns with the workers until none is left to them. */
	private void hold(HikariDataSource pool, int count) {
		await().until(() -> {
			this.held.add(pool.getConnection());
			return this.held.size() == count;
		});
	}

}
