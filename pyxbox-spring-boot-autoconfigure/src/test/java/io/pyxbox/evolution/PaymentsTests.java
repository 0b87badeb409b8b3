package io.pyxbox.evolution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import io.pyxbox.DeadLetter;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.InboxMessage;
import io.pyxbox.MessageId;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

/**
 * What the documentation says of names and versions.
 */
class PaymentsTests extends EvolutionScenario {

	private static final Path ROOT = Path.of("..");

	private static final Pattern SNIPPET = Pattern.compile("<!-- (\\S+/evolution/\\S+\\.java) -->\\n```java\\n(.*?)```",
			Pattern.DOTALL);

	@Test
	void itsCodeIsThatOfAnApplication() throws IOException {
		String document = Files.readString(ROOT.resolve("docs/events.md"));

		List<MatchResult> snippets = SNIPPET.matcher(document).results().toList();

		assertThat(snippets).hasSize(3);
		for (MatchResult snippet : snippets) {
			assertThat(Files.readString(ROOT.resolve(snippet.group(1)))).contains(snippet.group(2));
		}
	}

	@Test
	void rowsOfAllNamesAndVersionsAreDelivered() {
		TestApplication application = start(Payments.class);

		store(application, "payed", 1, "{\"payer\": \"a\", \"cents\": 150}");
		store(application, "payed", 2, "{\"payer\": \"b\", \"amount\": 2.00}");
		store(application, "invoice-paid", 3, "{\"payer\": \"c\", \"amount\": 3, \"currency\": \"USD\"}");
		store(application, "payment-received", 3, "{\"payer\": \"d\", \"amount\": 4, \"currency\": \"CHF\"}");

		await().until(() -> this.tables.events() == 0);
		assertThat(this.seen.list("select event from seen where by = 'accounts' order by event")).containsExactly(
				"PaymentReceived[payer=a, amount=1.50, currency=EUR]",
				"PaymentReceived[payer=b, amount=2.00, currency=EUR]",
				"PaymentReceived[payer=c, amount=3, currency=USD]", "PaymentReceived[payer=d, amount=4, currency=CHF]");
		assertThat(this.seen.list("select type || version from seen where by = 'audit' order by 1"))
			.containsExactly("payed1", "payed2", "payment-received3");
	}

	@Test
	void aRowThatIsOlderThanTheChainMakesADeadLetterThatKeepsItsVersion() {
		TestApplication application = start(Payments.class);

		store(application, "payment-received", 1, "{}");

		await().until(() -> this.tables.count("events_dead_letter") == 1 && this.tables.events() == 0);
		assertThat(this.seen.list("select error_message from events_dead_letter")).singleElement()
			.asString()
			.contains("no EventUpcaster lifts events from version 1");
		assertThat(application.bean(DeadLetters.class).list(DeadLetterFilter.all(), 0, 10))
			.extracting(DeadLetter::type, DeadLetter::version)
			.containsExactly(tuple("payment-received", 1));
	}

	private static void store(TestApplication application, String type, int version, String payload) {
		application.bean(TransactionalInbox.class)
			.store(InboxMessage.of(MessageId.of(type + payload), type, payload).withVersion(version));
	}

}
