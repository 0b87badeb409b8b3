/**
 * The publisher for Amazon Kinesis Data Streams: the only package that knows its client.
 * Its face is {@link io.pyxbox.publish.kinesis.KinesisRecordCustomizer}; the publisher
 * itself is a bean. May import the root package, {@code publish} and {@code publish.aws}.
 */
@NullMarked
package io.pyxbox.publish.kinesis;

import org.jspecify.annotations.NullMarked;
