package io.pyxbox.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;

import io.pyxbox.scenario.ChildJvm;
import io.pyxbox.scenario.TestApplication;
import io.pyxbox.testdatabase.TestDatabase;

/**
 * One of several instances of the application, in a JVM of its own and with a network of
 * its own. Whenever its process ends, another one takes its place.
 */
final class Instance implements AutoCloseable {

	private final FaultyProxy network;

	private final String[] arguments;

	private final Path log;

	private ChildJvm jvm;

	private int replacements;

	Instance(FaultyProxy network, TestDatabase database, String[] properties, Path log) {
		this.network = network;
		this.arguments = TestApplication.arguments(database, properties);
		this.log = log;
		this.jvm = start();
	}

	private ChildJvm start() {
		try {
			return ChildJvm.start(Redirect.appendTo(this.log.toFile()), ChaosApplication.class, this.arguments);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	FaultyProxy network() {
		return this.network;
	}

	Path log() {
		return this.log;
	}

	void kill() {
		this.jvm.kill();
		this.jvm = start();
	}

	/** As in a rolling update: the next one starts when this one has ended. */
	void roll() {
		this.jvm.terminate();
		this.jvm = start();
	}

	void pause() {
		this.jvm.pause();
	}

	void resume() {
		this.jvm.resume();
	}

	/** One that could not start, because its database was away, is started again. */
	void replaceIfEnded() {
		if (!this.jvm.isAlive()) {
			this.replacements++;
			this.jvm = start();
		}
	}

	/** How often the process ended by itself. */
	int replacements() {
		return this.replacements;
	}

	@Override
	public void close() {
		this.jvm.close();
		this.network.close();
	}

}
