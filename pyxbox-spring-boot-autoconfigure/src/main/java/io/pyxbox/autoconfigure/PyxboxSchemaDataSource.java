package io.pyxbox.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.beans.factory.annotation.Qualifier;

/**
 * Marks a {@code DataSource} bean that leads to the outbox's database with the
 * credentials of a role that may create tables. It is used for migrating only. Declare it
 * as {@code @Bean(defaultCandidate = false)}, or mark the other one as primary.
 * <p>
 * Without it the {@code DataSource} of the application's Flyway is taken if it migrates
 * the same database, or the outbox's own.
 */
@Target({ ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER, ElementType.TYPE, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Qualifier
public @interface PyxboxSchemaDataSource {

}
