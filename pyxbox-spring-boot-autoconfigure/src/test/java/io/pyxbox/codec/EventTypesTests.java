package io.pyxbox.codec;

import java.util.List;

import io.pyxbox.OutboxEvent;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class EventTypesTests {

	private final EventTypes types = new EventTypes((text) -> text.replace("${env}", "test"));

	@Test
	void takesTheSimpleClassNameWhereNothingIsDeclared() {
		EventType type = this.types.register(Plain.class);

		assertThat(type.name()).isEqualTo("Plain");
		assertThat(type.topic()).isNull();
		assertThat(type.partitionKey().of(new Plain("x"))).isNull();
		assertThat(type.javaType()).isEqualTo(Plain.class);
	}

	@Test
	void takesWhatIsDeclaredAndResolvesPlaceholders() {
		EventType type = this.types.register(Declared.class);

		assertThat(type.name()).isEqualTo("declared.test");
		assertThat(type.topic()).isEqualTo("orders-test");
		assertThat(type.partitionKey().of(new Declared("42"))).isEqualTo("42");
	}

	@Test
	void remembersAClass() {
		EventType first = this.types.register(Plain.class);

		assertThat(this.types.register(Plain.class)).isSameAs(first);
		assertThat(this.types.find("Plain")).isSameAs(first);
	}

	@Test
	void knowsOnlyWhatWasRegistered() {
		assertThat(this.types.find("Plain")).isNull();
		assertThat(this.types.find(Plain.class.getName())).isNull();
	}

	@Test
	void refusesTwoClassesOfOneTypeAndNamesBoth() {
		this.types.register(Plain.class);

		assertThatIllegalArgumentException().isThrownBy(() -> this.types.register(Other.Plain.class))
			.withMessageContaining(Plain.class.getName())
			.withMessageContaining(Other.Plain.class.getName())
			.withMessageContaining("'Plain'");
		assertThat(this.types.find("Plain")).extracting(EventType::javaType).isEqualTo(Plain.class);
		assertThat(this.types.assignableTo(Other.Plain.class)).isEmpty();
	}

	@Test
	void refusesAnonymousClasses() {
		Object event = new Object() {
		};

		assertThatIllegalArgumentException().isThrownBy(() -> this.types.register(event.getClass()))
			.withMessageContaining("anonymous");
	}

	@Test
	void refusesAKeyThatNamesNoProperty() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.types.register(WrongKey.class))
			.withMessageContaining(WrongKey.class.getName());
		assertThat(this.types.find("WrongKey")).isNull();
	}

	@Test
	void findsTheTypesThatAListenerForAnInterfaceTakes() {
		List.of(Square.class, Circle.class, Plain.class).forEach(this.types::register);

		assertThat(this.types.assignableTo(Shape.class)).extracting(EventType::name)
			.containsExactly("Circle", "Square");
		assertThat(this.types.assignableTo(Object.class)).extracting(EventType::name)
			.containsExactly("Circle", "Plain", "Square");
		assertThat(this.types.assignableTo(Runnable.class)).isEmpty();
	}

	@Test
	void registersThePermittedSubclassesOfASealedInterface() {
		this.types.registerInstantiable(Shape.class);

		assertThat(this.types.assignableTo(Object.class)).extracting(EventType::name)
			.containsExactly("Circle", "Ellipse", "Square");
	}

	@Test
	void registersNothingThatCannotBeInstantiated() {
		List.of(Object.class, Runnable.class, Number.class, String[].class, int.class)
			.forEach(this.types::registerInstantiable);

		assertThat(this.types.assignableTo(Object.class)).isEmpty();
	}

	record Plain(String value) {
	}

	@OutboxEvent(type = "declared.${env}", topic = "orders-${env}", partitionKey = "orderId")
	record Declared(String orderId) {
	}

	@OutboxEvent(partitionKey = "nothing")
	record WrongKey(String orderId) {
	}

	sealed interface Shape permits Square, Round {

	}

	sealed interface Round extends Shape permits Circle, Ellipse {

	}

	record Square(int side) implements Shape {
	}

	record Circle(int radius) implements Round {
	}

	record Ellipse(int a, int b) implements Round {
	}

	static final class Other {

		record Plain(String value) {
		}

	}

}
