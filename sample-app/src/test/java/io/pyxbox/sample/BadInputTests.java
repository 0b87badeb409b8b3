package io.pyxbox.sample;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;

import static org.assertj.core.api.Assertions.assertThat;

class BadInputTests {

	private static TestDatabase database;

	private static RunningSample sample;

	@BeforeAll
	static void start() {
		database = TestDatabase.create();
		sample = new RunningSample(database);
	}

	@AfterAll
	static void stop() {
		sample.close();
		database.close();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			{"product": "", "quantity": 2}            | product must not be blank
			{"quantity": 2}                           | product must not be blank
			{"product": "a\\u0000b", "quantity": 2}   | product must not contain control characters
			{"product": "espresso", "quantity": 0}    | quantity must be at least 1
			{"product": "espresso", "quantity": 1001} | quantity must be at most 1000
			{"product": "espresso"}                   | quantity is missing
			""")
	void anInvalidOrderIsExplainedAndNotStored(String body, String reason) {
		ResponseEntity<ProblemDetail> response = post(body);

		assertThat(response.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST);
		assertThat(response.getBody()).extracting(ProblemDetail::getDetail).isEqualTo("Invalid order: " + reason);
		assertThat(sample.orders()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "no JSON", "[]", "{\"product\": \"espresso\", \"quantity\": \"many\"}",
			"{\"product\": \"espresso\", \"quantity\": 1.5}" })
	void anUnreadableOrderIsAnsweredWithAnExample(String body) {
		ResponseEntity<ProblemDetail> response = post(body);

		assertThat(response.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST);
		assertThat(response.getBody()).extracting(ProblemDetail::getDetail)
			.isEqualTo("The body must be JSON such as {\"product\": \"espresso\", \"quantity\": 2}");
		assertThat(sample.orders()).isEmpty();
	}

	private static ResponseEntity<ProblemDetail> post(String body) {
		return sample.http()
			.post()
			.uri("/orders")
			.contentType(MediaType.APPLICATION_JSON)
			.body(body)
			.retrieve()
			.onStatus((status) -> true, (request, response) -> {
			})
			.toEntity(ProblemDetail.class);
	}

}
