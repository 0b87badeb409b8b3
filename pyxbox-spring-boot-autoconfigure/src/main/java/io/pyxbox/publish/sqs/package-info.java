/**
 * The publisher for Amazon SQS: the only package that knows its client. Its face is
 * {@link io.pyxbox.publish.sqs.SqsMessageCustomizer}; the publisher itself is a bean. May
 * import the root package, {@code publish} and {@code publish.aws}.
 */
@NullMarked
package io.pyxbox.publish.sqs;

import org.jspecify.annotations.NullMarked;
