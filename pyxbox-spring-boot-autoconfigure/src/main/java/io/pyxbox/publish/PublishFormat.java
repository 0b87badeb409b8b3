package io.pyxbox.publish;

/**
 * How an event looks on the wire.
 */
public enum PublishFormat {

	/**
	 * The payload as it is stored, and the attributes of CloudEvents beside it: as
	 * headers, properties or whatever the broker has.
	 */
	BINARY,

	/**
	 * A JSON document of CloudEvents with the payload in it.
	 */
	STRUCTURED

}
