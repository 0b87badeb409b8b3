package io.pyxbox.sample;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

/**
 * What a customer sends to place an order.
 *
 * @param product what is ordered
 * @param quantity how many of it
 */
record OrderRequest(@NotBlank @Size(max = 60) @Pattern(regexp = "\\P{Cntrl}*") String product,
		@NotNull @Min(1) @Max(1000) Integer quantity) {
}
