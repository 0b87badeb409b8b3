package io.pyxbox.sample;

import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Payments over HTTP.
 */
@RestController
class PaymentController {

	private final PaymentDesk desk;

	PaymentController(PaymentDesk desk) {
		this.desk = desk;
	}

	@PostMapping("/orders/{id}/payment")
	ResponseEntity<Void> pay(@PathVariable long id) {
		return this.desk.pay(id) ? ResponseEntity.noContent().build() : ResponseEntity.notFound().build();
	}

}
