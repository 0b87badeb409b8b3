package io.pyxbox.benchmarks;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the events of all workloads tell of: about 300 bytes of JSON.
 *
 * @param number the order's number, from 0 in each run
 * @param customer the partition key: one of a thousand
 * @param street an address
 * @param city an address
 * @param total a sum
 * @param items products
 */
record Order(int number, String customer, String street, String city, BigDecimal total, List<Item> items) {

	private static final int CUSTOMERS = 1_000;

	static List<Order> backlog(int size) {
		return IntStream.range(0, size).mapToObj(Order::of).toList();
	}

	private static Order of(int number) {
		return new Order(number, "customer-" + number % CUSTOMERS, "Long Street " + number % 97, "Springfield",
				BigDecimal.valueOf(number % 10_000, 2), List.of(new Item("keyboard, mechanical", 1 + number % 3),
						new Item("cable, two metres", 2), new Item("adapter for travelling", 1)));
	}

	/**
	 * A product in an order.
	 *
	 * @param product the product
	 * @param quantity how many
	 */
	record Item(String product, int quantity) {
	}

}
