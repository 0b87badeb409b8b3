package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import org.springframework.core.InfrastructureProxy;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * The application's {@code DataSource} with connections whose savepoints are lazy. For
 * Spring it is the same resource: whoever asks for the connection of the application's
 * {@code DataSource} within a transaction begun here gets the lazy one.
 */
final class LazySavepointDataSource extends DelegatingDataSource implements InfrastructureProxy {

	private final DataSource target;

	LazySavepointDataSource(DataSource target) {
		super(target);
		this.target = target;
	}

	@Override
	public Connection getConnection() throws SQLException {
		return LazySavepoints.wrap(this.target.getConnection());
	}

	@Override
	public Object getWrappedObject() {
		return this.target;
	}

}
