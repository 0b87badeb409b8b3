package io.pyxbox.benchmarks.event;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the events of all workloads tell of: about 300 bytes of JSON.
 * <p>
 * Serializable, because that is how db-scheduler stores it by default.
 *
 * @param number the order's number, from 0 in each run
 * @param customer the partition key
 * @param street an address
 * @param city an address
 * @param total a sum
 * @param items products
 */
public record Order(int number, String customer, String street, String city, BigDecimal total,
		List<Item> items) implements Serializable {

	/**
	 * Returns an order.
	 * @param number its number
	 * @param keys which customers there are
	 * @return always the same order for a number
	 */
	public static Order of(int number, Keys keys) {
		return new Order(number, keys.of(number), "Long Street " + number % 97, "Springfield",
				BigDecimal.valueOf(number % 10_000, 2), List.of(new Item("keyboard, mechanical", 1 + number % 3),
						new Item("cable, two metres", 2), new Item("adapter for travelling", 1)));
	}

	/**
	 * Returns orders with consecutive numbers.
	 * @param from the first number
	 * @param to the number after the last one
	 * @param keys which customers there are
	 * @return the orders
	 */
	public static List<Order> range(int from, int to, Keys keys) {
		return IntStream.range(from, to).mapToObj((number) -> of(number, keys)).toList();
	}

	/**
	 * A product in an order.
	 *
	 * @param product the product
	 * @param quantity how many
	 */
	public record Item(String product, int quantity) implements Serializable {
	}

}
