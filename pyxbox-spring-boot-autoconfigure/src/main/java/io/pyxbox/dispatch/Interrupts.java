package io.pyxbox.dispatch;

import java.util.function.BooleanSupplier;

/**
 * What listeners do to the interrupt flag of their thread.
 */
final class Interrupts {

	private Interrupts() {
	}

	/**
	 * A listener may leave the flag behind, as those do that catch an
	 * {@code InterruptedException}. It must not reach the next one, nor the pool of
	 * connections, which would refuse one. While stopping, the flag is ours.
	 */
	static void forgetUnless(BooleanSupplier stopping) {
		if (!stopping.getAsBoolean()) {
			Thread.interrupted();
		}
	}

}
