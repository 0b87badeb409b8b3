package io.pyxbox.autoconfigure;

import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.datasource.DelegatingDataSource;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class PoolSizeTests {

	private static final int AS_MANY_AS_PROCESSORS_CAN_USE = Math.max(4,
			2 * Runtime.getRuntime().availableProcessors());

	@Test
	void takesHalfOfThePool() {
		assertThat(PoolSize.defaultConcurrency(pool(6))).isEqualTo(3);
		assertThat(PoolSize.defaultConcurrency(pool(7))).isEqualTo(3);
	}

	@Test
	void takesAtLeastOne() {
		assertThat(PoolSize.defaultConcurrency(pool(1))).isOne();
	}

	@Test
	void takesNoMoreThanTheProcessorsCanUse() {
		assertThat(PoolSize.defaultConcurrency(pool(10_000))).isEqualTo(AS_MANY_AS_PROCESSORS_CAN_USE);
	}

	@Test
	void findsThePoolBehindAWrapper() {
		assertThat(PoolSize.defaultConcurrency(new DelegatingDataSource(new DelegatingDataSource(pool(4)))))
			.isEqualTo(2);
	}

	@Test
	void assumesTenConnectionsWhereThePoolIsUnknown() {
		assertThat(PoolSize.defaultConcurrency(new PGSimpleDataSource()))
			.isEqualTo(Math.min(5, AS_MANY_AS_PROCESSORS_CAN_USE));
	}

	@Test
	void leavesTwoConnectionsToTheApplicationHoweverManyConsumersThereAre() {
		assertThat(PoolSize.spare(pool(10), 4)).isEqualTo(4);
		assertThat(PoolSize.spare(pool(5), 4)).isZero();
	}

	@Test
	void warnsIfDeliveriesMayTakeAllConnections(CapturedOutput output) {
		PoolSize.warnIfExhaustedBy(9, pool(10));
		PoolSize.warnIfExhaustedBy(1, pool(2));
		PoolSize.warnIfExhaustedBy(100, new PGSimpleDataSource());
		assertThat(output.getAll()).doesNotContain("Deliveries may take");

		PoolSize.warnIfExhaustedBy(10, pool(10));

		assertThat(output.getAll()).containsOnlyOnce("Deliveries may take all connections of the pool (10)")
			.contains("'pyxbox.poller.concurrency', which is 10.");
	}

	/** Not started: nobody asks for a connection. */
	private static HikariDataSource pool(int size) {
		HikariDataSource dataSource = new HikariDataSource();
		dataSource.setMaximumPoolSize(size);
		return dataSource;
	}

}
