package io.pyxbox.scenario;

/**
 * What goes wrong in a scenario.
 */
class Mishap extends RuntimeException {

	private static final long serialVersionUID = 1L;

	Mishap() {
		this("a mishap");
	}

	Mishap(String message) {
		super(message);
	}

}
