package io.pyxbox.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The disk that the tables are on is full for a while.
 */
class FullDiskTests extends Trouble {

	private static final int MEGABYTES = 64;

	@TempDir
	private static Path mountPoint;

	private SmallDisk disk;

	@BeforeAll
	void mount() throws Exception {
		this.disk = SmallDisk.mount(mountPoint, MEGABYTES);
		Path space = Files.createDirectory(this.disk.path().resolve("space"));
		execute("create tablespace small location '" + space + "'");
	}

	@AfterAll
	void unmount() throws Exception {
		if (this.disk != null) {
			execute("drop tablespace small");
			this.disk.close();
		}
	}

	private void execute(String sql) throws Exception {
		try (var connection = this.server.connect(); var statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	@BeforeEach
	void keepTablesOnTheSmallDisk() {
		this.tables.execute("alter table all in tablespace pg_default set tablespace small");
		this.tables.execute("alter index all in tablespace pg_default set tablespace small");
		this.tables.execute("do $$ begin execute format('alter database %I set default_tablespace = small', "
				+ "current_database()); end $$");
	}

	@Test
	void nothingIsLostAndNothingGivenUpAndDeliveryGoesOnWhenThereIsRoomAgain() throws Exception {
		start(1_000);
		awaitDelivery(SOON);

		this.disk.fill();
		awaitStandstill();
		this.disk.makeRoom();

		awaitDelivery(SOON);
		assertBalanced();
	}

	/** What is left in pages that there are is used up first. */
	private void awaitStandstill() {
		AtomicLong entries = new AtomicLong();
		await().pollInterval(Duration.ofSeconds(2)).until(() -> {
			long before = entries.getAndSet(this.tables.count("entry"));
			return entries.get() == before;
		});
	}

}
