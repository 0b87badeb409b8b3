package io.pyxbox.sample;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The inventory over HTTP.
 */
@RestController
class InventoryController {

	private final JdbcClient jdbc;

	InventoryController(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	@GetMapping("/inventory")
	List<Item> inventory() {
		return this.jdbc.sql("""
				select product, stock, array_agg(quantity order by id) as movements
				from inventory join stock_movements using (product)
				group by product, stock order by product
				""").query(InventoryController::item).list();
	}

	private static Item item(ResultSet row, int number) throws SQLException {
		Integer[] movements = (Integer[]) row.getArray("movements").getArray();
		return new Item(row.getString("product"), row.getInt("stock"), List.of(movements));
	}

	/**
	 * A product that was ever ordered.
	 *
	 * @param product the product
	 * @param stock how many pieces there are
	 * @param movements what came and went, oldest first
	 */
	record Item(String product, int stock, List<Integer> movements) {
	}

}
