package io.pyxbox.codec;

import io.pyxbox.InvalidEventException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PartitionKeyTests {

	@Test
	void isAComponentOfARecord() {
		PartitionKey key = PartitionKey.of(Order.class, "id");

		assertThat(key.of(new Order(42L, new Customer("eu", "ada")))).isEqualTo("42");
	}

	@Test
	void isAPropertyOfABean() {
		assertThat(PartitionKey.of(Bean.class, "orderId").of(new Bean())).isEqualTo("o-1");
		assertThat(PartitionKey.of(Bean.class, "open").of(new Bean())).isEqualTo("true");
	}

	@Test
	void isAnExpression() {
		PartitionKey key = PartitionKey.of(Order.class, "customer.region + '-' + customer.name.toUpperCase()");

		assertThat(key.of(new Order(42L, new Customer("eu", "ada")))).isEqualTo("eu-ADA");
	}

	@Test
	void isMissingWhereThePropertyOrTheExpressionIsNull() {
		Order order = new Order(null, null);

		assertThat(PartitionKey.of(Order.class, "id").of(order)).isNull();
		assertThat(PartitionKey.of(Order.class, "customer?.name").of(order)).isNull();
		assertThat(PartitionKey.none().of(order)).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "nothing", "Id", "hashCode" })
	void refusesANameThatIsNoProperty(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> PartitionKey.of(Order.class, name))
			.withMessageContaining("\"" + name + "\"")
			.withMessageContaining(Order.class.getName())
			.withMessageContaining("names no property");
	}

	@Test
	void refusesAMalformedExpression() {
		assertThatIllegalArgumentException().isThrownBy(() -> PartitionKey.of(Order.class, "customer.("))
			.withMessageContaining("\"customer.(\"")
			.withMessageContaining(Order.class.getName());
	}

	@Test
	void saysWhichKeyOfWhichClassFailed() {
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> PartitionKey.of(Bean.class, "broken").of(new Bean()))
			.withMessageContaining("'broken'")
			.withMessageContaining(Bean.class.getName())
			.withRootCauseInstanceOf(IllegalStateException.class);
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> PartitionKey.of(Order.class, "customer.name").of(new Order(42L, null)))
			.withMessageContaining("'customer.name'")
			.withMessageContaining(Order.class.getName());
	}

	@Test
	void doesNotLetAnExpressionReachOtherClasses() {
		PartitionKey key = PartitionKey.of(Order.class, "T(java.lang.System).getProperty('user.home')");

		assertThatExceptionOfType(InvalidEventException.class).isThrownBy(() -> key.of(new Order(42L, null)));
	}

	private record Order(@Nullable Long id, @Nullable Customer customer) {
	}

	record Customer(String region, String name) {
	}

	static class Bean {

		public String getOrderId() {
			return "o-1";
		}

		public boolean isOpen() {
			return true;
		}

		public String getBroken() {
			throw new IllegalStateException("broken");
		}

	}

}
