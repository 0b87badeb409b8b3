package io.pyxbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

class ReadmeTests {

	private static final Path ROOT = Path.of("..");

	private static final Pattern PROPERTY_ROW = Pattern.compile("^\\| `(pyxbox\\.[a-z.-]+)` \\| (.*?) \\|",
			Pattern.MULTILINE);

	private static final Pattern SNIPPET = Pattern.compile("<!-- (\\S+\\.java) -->\\n```java\\n(.*?)```",
			Pattern.DOTALL);

	private static final Pattern LINK = Pattern.compile("]\\(([A-Za-z][^):#]*)(#[^)]*)?\\)");

	@Test
	void listsEveryPropertyWithItsDefault() throws IOException {
		Map<String, String> documented = new TreeMap<>();
		PROPERTY_ROW.matcher(readme()).results().forEach((row) -> documented.put(row.group(1), row.group(2)));

		Map<String, String> defaults = defaults();

		assertThat(documented.keySet()).isEqualTo(new TreeSet<>(defaults.keySet()));
		defaults.forEach((property, value) -> {
			if (!value.isEmpty()) {
				assertThat(documented.get(property)).as(property).isEqualTo('`' + value + '`');
			}
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "README.md", "docs/events.md", "docs/publishing.md" })
	void showsCodeThatIsCompiled(String document) throws IOException {
		List<MatchResult> snippets = SNIPPET.matcher(Files.readString(ROOT.resolve(document))).results().toList();

		assertThat(snippets).isNotEmpty();
		for (MatchResult snippet : snippets) {
			assertThat(Files.readString(ROOT.resolve(snippet.group(1)))).contains(snippet.group(2));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "README.md", "docs/events.md", "docs/inbox.md" })
	void linksToWhatIsThere(String name) throws IOException {
		Path document = ROOT.resolve(name);
		List<String> links = LINK.matcher(Files.readString(document)).results().map((link) -> link.group(1)).toList();

		assertThat(links).isNotEmpty().allSatisfy((link) -> assertThat(document.resolveSibling(link)).exists());
	}

	private static String readme() throws IOException {
		return Files.readString(ROOT.resolve("README.md"));
	}

	private static Map<String, String> defaults() throws IOException {
		Map<String, String> defaults = new TreeMap<>();
		JsonNode metadata = JsonMapper.shared()
			.readTree(new ClassPathResource("META-INF/spring-configuration-metadata.json").getInputStream());
		for (JsonNode property : metadata.get("properties")) {
			JsonNode value = property.get("defaultValue");
			defaults.put(property.get("name").asString(), (value == null || value.isArray()) ? "" : value.asString());
		}
		return defaults;
	}

}
