package io.pyxbox.scenario;

import io.pyxbox.TransactionalOutbox;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.PostUpdate;
import jakarta.persistence.PreUpdate;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import org.jspecify.annotations.Nullable;

/**
 * An entity that tells of its changes itself, when it is written.
 */
@Entity
@Table(name = "account")
class Account {

	@Id
	private long id;

	private int balance;

	@Transient
	private @Nullable TransactionalOutbox outbox;

	Account() {
	}

	Account(long id, int balance) {
		this.id = id;
		this.balance = balance;
	}

	long id() {
		return this.id;
	}

	void change(int balance, TransactionalOutbox outbox) {
		this.balance = balance;
		this.outbox = outbox;
	}

	@PreUpdate
	void changing() {
		tell("changing to ");
	}

	@PostUpdate
	void changed() {
		tell("changed to ");
	}

	private void tell(String what) {
		if (this.outbox != null) {
			this.outbox.emit(new Shop.Ordered(what + this.balance));
		}
	}

}
