package io.pyxbox;

/**
 * What makes a message from elsewhere the same one when it comes again: an id that its
 * sender has given it, or its position in a log.
 */
public sealed interface MessageIdentity permits MessageId, MessagePosition {

}
