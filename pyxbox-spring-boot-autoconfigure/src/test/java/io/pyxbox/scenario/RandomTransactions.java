package io.pyxbox.scenario;

import java.util.Random;
import java.util.function.Consumer;
import java.util.function.IntFunction;

import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions in transactions, with and without savepoints, that commit, roll back or
 * fail as a seeded random says. Which orders survive is for Spring and PostgreSQL to say.
 */
final class RandomTransactions {

	private static final int MAX_DEPTH = 4;

	private final IntFunction<TransactionTemplate> templates;

	private final Consumer<String> order;

	private final Random random;

	private final boolean savepoints;

	private final StringBuilder script = new StringBuilder();

	RandomTransactions(Shop shop, Random random, boolean savepoints) {
		this(shop, shop::order, random, savepoints);
	}

	RandomTransactions(Shop shop, Consumer<String> order, Random random, boolean savepoints) {
		this(order, random, savepoints, (propagation) -> shop.application().transaction(propagation));
	}

	RandomTransactions(Consumer<String> order, Random random, boolean savepoints,
			IntFunction<TransactionTemplate> templates) {
		this.templates = templates;
		this.order = order;
		this.random = random;
		this.savepoints = savepoints;
	}

	String script() {
		return this.script.toString();
	}

	void run() {
		scope("o", TransactionDefinition.PROPAGATION_REQUIRED, "required");
	}

	private void scope(String path, int propagation, String name) {
		this.script.append(name).append('{');
		try {
			this.templates.apply(propagation).executeWithoutResult((status) -> {
				steps(path, status);
				if (this.random.nextInt(4) == 0) {
					this.script.append(" rollbackOnly");
					status.setRollbackOnly();
				}
				if (this.random.nextInt(5) == 0) {
					this.script.append(" throw");
					throw new Mishap();
				}
			});
		}
		catch (Mishap | TransactionException ex) {
			this.script.append(" caught");
		}
		this.script.append("} ");
	}

	private void steps(String path, TransactionStatus status) {
		int steps = 1 + this.random.nextInt(4);
		for (int step = 0; step < steps; step++) {
			step(path + '.' + step, status);
		}
	}

	private void step(String path, TransactionStatus status) {
		if (path.length() / 2 > MAX_DEPTH) {
			order(path);
			return;
		}
		switch (this.random.nextInt(8)) {
			case 0 -> scope(path, TransactionDefinition.PROPAGATION_REQUIRED, "required");
			case 1 -> scope(path, TransactionDefinition.PROPAGATION_REQUIRES_NEW, "new");
			case 2 -> scope(path, TransactionDefinition.PROPAGATION_NOT_SUPPORTED, "suspended");
			case 3, 4 -> {
				if (this.savepoints) {
					scope(path, TransactionDefinition.PROPAGATION_NESTED, "nested");
				}
			}
			case 5 -> savepoint(path, status);
			default -> order(path);
		}
	}

	private void savepoint(String path, TransactionStatus status) {
		if (!this.savepoints || !status.hasTransaction()) {
			return;
		}
		this.script.append("savepoint{");
		Object savepoint = status.createSavepoint();
		steps(path, status);
		if (this.random.nextBoolean()) {
			this.script.append(" back");
			status.rollbackToSavepoint(savepoint);
		}
		else {
			status.releaseSavepoint(savepoint);
		}
		this.script.append("} ");
	}

	private void order(String path) {
		this.script.append(path).append(' ');
		this.order.accept(path);
	}

}
