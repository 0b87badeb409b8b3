package io.pyxbox.capture;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.pyxbox.testdatabase.TestDatabase;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Debezium's connector with its outbox event router, in this process. In place of Kafka
 * there is a list.
 */
final class Relay implements AutoCloseable {

	private final List<SourceRecord> records = new CopyOnWriteArrayList<>();

	private volatile Throwable failure;

	private final ExecutorService thread = Executors.newSingleThreadExecutor();

	private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;

	private Relay(Properties settings) {
		this.engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
			.using(settings)
			.notifying((event) -> this.records.add(event.record()))
			.using((success, message, error) -> this.failure = error)
			.build();
		this.thread.execute(this.engine);
	}

	/**
	 * Starts a relay with the settings of the documents.
	 * @param database where the events are
	 * @param offsets where it notes how far it has come
	 * @return a relay that is about to start
	 */
	static Relay start(TestDatabase database, Path offsets) {
		Properties settings = new Properties();
		try (InputStream documented = Relay.class.getResourceAsStream("/outbox-connector.properties")) {
			settings.load(documented);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		URI server = URI.create(database.jdbcUrl().substring("jdbc:".length()));
		settings.put("name", "orders");
		settings.put("database.hostname", server.getHost());
		settings.put("database.port", String.valueOf(server.getPort()));
		settings.put("database.dbname", server.getPath().substring(1));
		settings.put("database.user", database.username());
		settings.put("database.password", database.password());
		// These are Kafka Connect's own business where it runs the connector.
		settings.put("offset.storage", "org.apache.kafka.connect.storage.FileOffsetBackingStore");
		settings.put("offset.storage.file.filename", offsets.toString());
		settings.put("offset.flush.interval.ms", "0");
		return new Relay(settings);
	}

	/** What would be in Kafka. */
	List<SourceRecord> records() {
		if (this.failure != null) {
			throw new IllegalStateException(this.failure);
		}
		return this.records;
	}

	@Override
	public void close() throws IOException {
		this.engine.close();
		this.thread.shutdown();
	}

}
