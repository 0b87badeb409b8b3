package io.pyxbox.schema;

import java.sql.SQLException;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The role behind a {@code DataSource}, and what it is not allowed to do.
 *
 * @param name the role, not quoted
 */
record Role(String name) {

	private static final String INSUFFICIENT_PRIVILEGE = "42501";

	static Role of(JdbcClient jdbc) {
		return new Role(jdbc.sql("SELECT current_user::text").query(String.class).single());
	}

	static boolean isDenied(Throwable ex) {
		for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
			if (cause instanceof SQLException sql && INSUFFICIENT_PRIVILEGE.equals(sql.getSQLState())) {
				return true;
			}
		}
		return false;
	}

	MissingPrivilegeException mayNotUse(String use, @Nullable Throwable cause, String... grants) {
		return mayNot(use, false, cause, grants);
	}

	MissingPrivilegeException mayNotMigrate(String step, @Nullable Throwable cause, String... grants) {
		return mayNot(step, true, cause, grants);
	}

	private MissingPrivilegeException mayNot(String action, boolean migrating, @Nullable Throwable cause,
			String... grants) {
		String grantee = " TO \"" + this.name.replace("\"", "\"\"") + '"';
		String detail = (cause != null) ? ": " + rootMessage(cause) : "";
		return new MissingPrivilegeException("The database role '" + this.name + "' may not " + action + detail,
				migrating, List.of(grants).stream().map((grant) -> grant + grantee).toList(), cause);
	}

	private static String rootMessage(Throwable ex) {
		Throwable root = ex;
		while (root.getCause() != null) {
			root = root.getCause();
		}
		return String.valueOf(root.getMessage());
	}

}
