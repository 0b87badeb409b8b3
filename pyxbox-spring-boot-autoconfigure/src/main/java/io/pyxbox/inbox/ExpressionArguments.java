package io.pyxbox.inbox;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.Indexer;
import org.springframework.expression.spel.ast.MethodReference;
import org.springframework.expression.spel.ast.Projection;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.Selection;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;

/**
 * Which arguments of a method an expression reads: the first one is its root, all of them
 * are there by their names.
 */
final class ExpressionArguments {

	private static final Set<Class<?>> OF_THE_ROOT = Set.of(PropertyOrFieldReference.class, MethodReference.class,
			Indexer.class, Projection.class, Selection.class);

	private static final Set<String> NAMES_OF_THE_ROOT = Set.of("root", "this");

	private final Set<String> variables = new HashSet<>();

	private boolean root;

	ExpressionArguments(SpelExpression expression) {
		read(expression.getAST(), true);
	}

	/**
	 * Reads a part of the expression.
	 * @param first whether it does not follow a dot
	 */
	private void read(SpelNode node, boolean first) {
		if (node instanceof VariableReference) {
			String name = node.toStringAST().substring(1);
			this.variables.add(name);
			this.root = this.root || NAMES_OF_THE_ROOT.contains(name);
		}
		this.root = this.root || (first && OF_THE_ROOT.contains(node.getClass()));
		for (int i = 0; i < node.getChildCount(); i++) {
			SpelNode child = node.getChild(i);
			boolean key = node instanceof Indexer && child instanceof PropertyOrFieldReference;
			read(child, !key && (i == 0 || !(node instanceof CompoundExpression)));
		}
	}

	/** The positions of the arguments. */
	IntStream indexes(String @Nullable [] names, int count) {
		return IntStream.range(0, count)
			.filter((index) -> (index == 0 && this.root) || (names != null && this.variables.contains(names[index])));
	}

}
