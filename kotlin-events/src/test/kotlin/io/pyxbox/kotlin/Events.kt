package io.pyxbox.kotlin

import io.pyxbox.OutboxEvent
import java.time.LocalDate

/** With a value that older events do not have, and one that they must have. */
@OutboxEvent(type = "moved", partitionKey = "customer")
data class Moved(
    val customer: String,
    val address: Address,
    val since: LocalDate? = null,
    val urgency: Int = 1,
    val tags: List<String> = emptyList()
)

data class Address(val street: String, val city: String)

/** As events, each has a type of its own. */
sealed interface Order {
    val number: Int
}

@OutboxEvent(partitionKey = "number")
data class Ordered(override val number: Int) : Order

@OutboxEvent(partitionKey = "number")
data class Shipped(override val number: Int, val by: String) : Order
