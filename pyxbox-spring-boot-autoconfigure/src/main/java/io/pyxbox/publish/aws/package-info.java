/**
 * What the publishers for services of AWS have in common: how many events go by few
 * requests, each key in order, and what a failure says. The only package beside theirs
 * that knows the SDK. Its face is {@link io.pyxbox.publish.aws.RequestBatch}. May import
 * the root package and {@code publish}.
 */
@NullMarked
package io.pyxbox.publish.aws;

import org.jspecify.annotations.NullMarked;
