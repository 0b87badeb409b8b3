package io.pyxbox.kotlin

import io.pyxbox.DeadLetterFilter
import io.pyxbox.DeadLetters
import io.pyxbox.EventMetadata
import io.pyxbox.OutboxListener
import io.pyxbox.TransactionalOutbox
import io.pyxbox.testdatabase.TestDatabase
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Test
import org.springframework.boot.WebApplicationType
import org.springframework.boot.autoconfigure.EnableAutoConfiguration
import org.springframework.boot.builder.SpringApplicationBuilder
import org.springframework.context.annotation.Bean
import org.springframework.context.annotation.Configuration
import org.springframework.jdbc.core.simple.JdbcClient
import java.time.Duration
import java.time.LocalDate
import java.util.Queue
import java.util.concurrent.ConcurrentLinkedQueue

/** Data classes as events, with Jackson's module for Kotlin. */
class KotlinEventsTests {

    private val database = TestDatabase.create()

    private val application = SpringApplicationBuilder(App::class.java).web(WebApplicationType.NONE).run(
        "--spring.datasource.url=${database.jdbcUrl()}", "--spring.datasource.username=${database.username()}",
        "--spring.datasource.password=${database.password()}", "--spring.main.banner-mode=off",
        "--logging.level.root=warn"
    )

    private val received = application.getBean(Listener::class.java).received

    @AfterEach
    fun stop() {
        application.close()
        database.close()
    }

    @Test
    fun `data classes come back as they were`() {
        val events = listOf(
            Moved("Ada", Address("Long Street 1", "Springfield"), LocalDate.of(2024, 2, 29), 3, listOf("a", "b")),
            Moved("Bob", Address("Short Street 2", "Springfield")), Ordered(1), Shipped(1, "train")
        )

        application.getBean(TransactionalOutbox::class.java).emitAll(events)

        eventually { assertThat(received).containsExactlyInAnyOrderElementsOf(events) }
        assertThat(application.getBean(Listener::class.java).keys).containsExactlyInAnyOrder("Ada", "Bob", "1", "1")
    }

    @Test
    fun `what an older event does not have gets its default value`() {
        store("""{"customer": "Ada", "address": {"street": "s", "city": "c"}, "removed": true}""")

        eventually { assertThat(received).containsExactly(Moved("Ada", Address("s", "c"))) }
    }

    @Test
    fun `what must be there and is not makes a dead letter that names it`() {
        store("""{"customer": "Ada"}""")

        eventually { assertThat(letters()).hasSize(1) }
        assertThat(letters().first().errorMessage()).contains("cannot be read as ${Moved::class.java.name}", "address")
        assertThat(received).isEmpty()
    }

    private fun letters() = application.getBean(DeadLetters::class.java).list(DeadLetterFilter.all(), 0, 10)

    private fun store(payload: String) {
        application.getBean(JdbcClient::class.java)
            .sql("insert into events (bucket, event_id, type, payload) values (1, gen_random_uuid(), 'moved', ?::jsonb)")
            .param(payload).update()
    }

    private fun eventually(assertion: () -> Unit) = await().atMost(Duration.ofSeconds(30)).untilAsserted(assertion)

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    class App {

        @Bean
        fun listener() = Listener()

    }

    class Listener {

        val received: Queue<Any> = ConcurrentLinkedQueue()

        val keys: Queue<String> = ConcurrentLinkedQueue()

        @OutboxListener
        fun on(event: Moved, metadata: EventMetadata) = note(event, metadata)

        @OutboxListener
        fun onOrder(event: Order, metadata: EventMetadata) = note(event, metadata)

        private fun note(event: Any, metadata: EventMetadata) {
            received.add(event)
            metadata.partitionKey()?.let { keys.add(it) }
        }

    }

}
