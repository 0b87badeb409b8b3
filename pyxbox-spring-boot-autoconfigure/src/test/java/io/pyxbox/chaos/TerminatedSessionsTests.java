package io.pyxbox.chaos;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.system.CapturedOutput;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An administrator ends sessions, one after the other.
 */
class TerminatedSessionsTests extends Trouble {

	private static final int TERMINATIONS = 60;

	@Test
	void tenASecondLoseNothingAndLeaveNothingBehind(CapturedOutput output) throws Exception {
		TestApplication application = start(300);
		awaitDelivery(SOON);
		List<String> threads = threads();

		terminateTenASecond();

		awaitDelivery(SOON);
		assertBalanced();
		HikariPoolMXBean pool = application.bean(HikariDataSource.class).getHikariPoolMXBean();
		await().until(() -> pool.getActiveConnections() == 0);
		assertThat(threads()).isEqualTo(threads);
		assertThat(sessions()).isLessThanOrEqualTo(pool.getTotalConnections());
		assertThat(this.tables.advisoryLocks()).isZero();
		assertWarnedAtMostOnce(output);
	}

	private void terminateTenASecond() throws InterruptedException {
		CountDownLatch terminations = new CountDownLatch(TERMINATIONS);
		ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
		timer.scheduleAtFixedRate(() -> {
			this.tables.jdbc().sql("""
					select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
					  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
					  order by random() limit 1) s
					""").query(Integer.class).single();
			terminations.countDown();
		}, 0, 100, TimeUnit.MILLISECONDS);
		assertThat(terminations.await(2, TimeUnit.MINUTES)).isTrue();
		timer.shutdown();
		assertThat(timer.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
	}

	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("pyxbox-worker-") || name.equals("pyxbox-poller"))
			.sorted()
			.toList();
	}

	private int sessions() {
		return this.tables.jdbc()
			.sql("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
			.query(Integer.class)
			.single();
	}

}
