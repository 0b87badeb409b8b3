package io.pyxbox.chaos;

/**
 * What goes wrong.
 */
enum Fault {

	/** SIGKILL; another process takes its place. */
	KILL,

	/** SIGSTOP, longer than all time-outs, and SIGCONT. */
	PAUSE,

	/** SIGTERM; another process takes its place. */
	ROLL,

	/** The server shuts down in good order and comes back. */
	SERVER_RESTART,

	/** The server shuts down as in a crash and comes back. */
	SERVER_CRASH,

	/** Sessions are ended by an administrator. */
	TERMINATED_SESSIONS,

	/** Connections are reset. */
	CUT,

	/** The network is slow. */
	DELAY,

	/** The network delivers nothing for a while, and then all of it. */
	BLACKHOLE,

	/** Connections fall silent for ever. */
	FORGOTTEN_CONNECTIONS,

	/** Requests arrive, COMMIT among them; their replies do not. */
	LOST_REPLIES,

	/** New connections are refused. */
	REFUSED_CONNECTIONS

}
