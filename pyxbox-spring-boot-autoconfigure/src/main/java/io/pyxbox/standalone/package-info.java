/**
 * Wiring for programs without Spring Boot. Its face is
 * {@link io.pyxbox.standalone.Pyxbox}. May import every other package; none may import
 * this one.
 */
@NullMarked
package io.pyxbox.standalone;

import org.jspecify.annotations.NullMarked;
