/**
 * Wiring only: auto-configurations, properties and the explanations of start-up failures.
 * Its face are {@link io.pyxbox.autoconfigure.PyxboxProperties} and the qualifiers. May
 * import every other package; none may import this one.
 */
@NullMarked
package io.pyxbox.autoconfigure;

import org.jspecify.annotations.NullMarked;
