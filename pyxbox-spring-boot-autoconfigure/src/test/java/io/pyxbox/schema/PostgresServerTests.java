package io.pyxbox.schema;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class PostgresServerTests {

	@ParameterizedTest
	@CsvSource({ "13,PostgreSQL 13.23 on x86_64-pc-linux-gnu", "18,PostgreSQL 18.6 on x86_64-pc-linux-gnu",
			"15,PostgreSQL 15.4 (EnterpriseDB Advanced Server 15.4.0)" })
	void acceptsPostgresOfVersion13AndLater(int majorVersion, String banner) {
		PostgresServer server = new PostgresServer("PostgreSQL", majorVersion, banner, "jdbc:postgresql://db/app");

		assertThatNoException().isThrownBy(server::requireSupported);
	}

	@ParameterizedTest
	@CsvSource({ "PostgreSQL,12,PostgreSQL 12.22 on x86_64-pc-linux-gnu", "H2,2,H2 2.4.240",
			"PostgreSQL,13,CockroachDB CCL v24.1.0", "PostgreSQL,8,PostgreSQL 8.0.2 on i686-pc-linux-gnu" })
	void refusesWhatIsOlderOrOnlySpeaksTheProtocol(String product, int majorVersion, String banner) {
		PostgresServer server = new PostgresServer(product, majorVersion, banner, "jdbc:postgresql://db/app");

		assertThatExceptionOfType(UnsupportedServerException.class).isThrownBy(server::requireSupported)
			.withMessage("pyxbox needs PostgreSQL 13 or later, but jdbc:postgresql://db/app is " + banner);
	}

	@Test
	void doesNotShowAPasswordInTheUrl() {
		PostgresServer server = new PostgresServer("PostgreSQL", 12, "PostgreSQL 12.22",
				"jdbc:postgresql://db/app?user=me&password=secret");

		assertThatExceptionOfType(UnsupportedServerException.class).isThrownBy(server::requireSupported)
			.withMessageNotContaining("secret");
	}

}
