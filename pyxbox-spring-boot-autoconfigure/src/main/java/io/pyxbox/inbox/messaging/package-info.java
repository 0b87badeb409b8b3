/**
 * Messages of Spring's, for those who receive them once: what listeners of any broker may
 * take. Its face is {@link io.pyxbox.inbox.messaging.SpringMessageReader}. May import the
 * root package and {@code inbox}.
 */
@NullMarked
package io.pyxbox.inbox.messaging;

import org.jspecify.annotations.NullMarked;
