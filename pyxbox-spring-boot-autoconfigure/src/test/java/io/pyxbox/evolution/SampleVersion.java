package io.pyxbox.evolution;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import io.pyxbox.TransactionalOutbox;
import io.pyxbox.scenario.TestApplication;
import io.pyxbox.testdatabase.TestDatabase;

/**
 * A version of the sample, compiled from its sources of that time and put into a jar. All
 * of them have classes of the same names.
 */
final class SampleVersion implements AutoCloseable {

	private final URLClassLoader classes;

	private final Class<?> application;

	private SampleVersion(URLClassLoader classes, Class<?> application) {
		this.classes = classes;
		this.application = application;
	}

	static SampleVersion build(String version, Path directory) throws Exception {
		Path sources = Path.of(SampleVersion.class.getResource(version + "/Sample.java").toURI()).getParent();
		Path output = Files.createDirectory(directory.resolve(version));
		compile(sources, output);
		Path jar = directory.resolve("sample-" + version + ".jar");
		pack(output, jar);
		URLClassLoader classes = new URLClassLoader(new URL[] { jar.toUri().toURL() },
				SampleVersion.class.getClassLoader());
		return new SampleVersion(classes, classes.loadClass("io.pyxbox.sample.Sample"));
	}

	private static void compile(Path sources, Path output) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, Locale.ROOT, null);
				Stream<Path> all = Files.list(sources)) {
			List<String> options = List.of("-d", output.toString(), "-classpath", classPath, "-parameters",
					"-proc:none");
			boolean compiled = compiler
				.getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(all.toList()))
				.call();
			if (!compiled) {
				throw new IllegalStateException("The sample does not compile");
			}
		}
	}

	private static void pack(Path classes, Path jar) throws IOException {
		try (OutputStream file = Files.newOutputStream(jar);
				JarOutputStream entries = new JarOutputStream(file);
				Stream<Path> all = Files.walk(classes)) {
			for (Path each : all.filter((path) -> !path.equals(classes)).toList()) {
				String name = classes.relativize(each).toString().replace('\\', '/');
				boolean directory = Files.isDirectory(each);
				entries.putNextEntry(new JarEntry(directory ? name + "/" : name));
				if (!directory) {
					Files.copy(each, entries);
				}
				entries.closeEntry();
			}
		}
	}

	TestApplication start(TestDatabase database, String... properties) {
		Thread thread = Thread.currentThread();
		ClassLoader before = thread.getContextClassLoader();
		thread.setContextClassLoader(this.classes);
		try {
			return TestApplication.start(database, this.application, properties);
		}
		finally {
			thread.setContextClassLoader(before);
		}
	}

	void order(TestApplication application, long id, String product, int quantity) {
		try {
			this.application.getMethod("order", TransactionalOutbox.class, long.class, String.class, int.class)
				.invoke(null, application.outbox(), id, product, quantity);
		}
		catch (IllegalAccessException | InvocationTargetException | NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() throws IOException {
		this.classes.close();
	}

}
