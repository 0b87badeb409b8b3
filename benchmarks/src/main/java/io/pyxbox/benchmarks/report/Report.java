package io.pyxbox.benchmarks.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * All that was measured in one run.
 *
 * @param environment what it was measured on, how, and when
 * @param contenders who was measured, and how they were set up
 * @param sections the tables
 * @param findings what the tables mean
 * @param errors what went wrong
 */
public record Report(Map<String, String> environment, Map<String, String> contenders, List<Section> sections,
		Findings findings, List<String> errors) {

	/**
	 * Writes {@code results.json}, {@code results.md} and the charts, and fills in the
	 * page that is called like the directory, if there is one beside it.
	 * @param directory where to; created if it is missing
	 */
	public void write(Path directory) {
		try {
			Files.createDirectories(directory);
			Files.writeString(directory.resolve("results.json"),
					JsonMapper.builder()
						.enable(SerializationFeature.INDENT_OUTPUT)
						.build()
						.writeValueAsString(Results.of(this)) + "\n");
			Files.writeString(directory.resolve("results.md"), Markdown.of(this));
			for (Section section : this.sections) {
				for (Chart chart : section.charts()) {
					Files.writeString(directory.resolve(chart.file() + ".svg"), BarChart.draw(section, chart));
				}
			}
			String name = String.valueOf(directory.getFileName());
			Page.update(directory.resolveSibling(name + ".md"), Markdown.parts(this, name + "/"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
