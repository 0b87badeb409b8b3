/**
 * Events as JSON and back, and which class has which type. Its face are
 * {@link io.pyxbox.codec.EventTypes} and {@link io.pyxbox.codec.EventCodec}. Only
 * registered types are ever instantiated; no class is loaded by a name from the database.
 * May import the root package only.
 */
@NullMarked
package io.pyxbox.codec;

import org.jspecify.annotations.NullMarked;
