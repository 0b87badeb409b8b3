package io.pyxbox.store;

import org.jspecify.annotations.Nullable;

/**
 * Which topics are meant: exactly one, or several where {@code *} stands for any number
 * of characters. An event without a topic matches none.
 *
 * @param text the pattern as it is written
 */
public record TopicPattern(String text) {

	/** Every topic. */
	public static final TopicPattern ALL = new TopicPattern("*");

	private static final char WILDCARD = '*';

	public TopicPattern {
		if (text.isBlank() || text.indexOf('\0') >= 0) {
			throw new IllegalArgumentException("A topic must not be blank or contain NUL, but is '" + text + "'");
		}
	}

	/** As PostgreSQL knows it. */
	String toLike() {
		StringBuilder like = new StringBuilder();
		for (char each : this.text.toCharArray()) {
			if (each == '\\' || each == '%' || each == '_') {
				like.append('\\');
			}
			like.append((each == WILDCARD) ? '%' : each);
		}
		return like.toString();
	}

	static TopicPattern ofLike(String like) {
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < like.length(); i++) {
			char each = like.charAt(i);
			boolean escape = each == '\\' && i + 1 < like.length();
			text.append(escape ? like.charAt(++i) : (each == '%') ? WILDCARD : each);
		}
		return new TopicPattern(text.toString());
	}

	/**
	 * Returns the topic that is meant.
	 * @return the topic, or {@code null} if it may be one of several
	 */
	public @Nullable String single() {
		return (this.text.indexOf(WILDCARD) >= 0) ? null : this.text;
	}

	/**
	 * Tells whether a topic is meant.
	 * @param topic the topic, if there is one
	 * @return whether it is
	 */
	public boolean matches(@Nullable String topic) {
		return topic != null
				&& ((this.text.indexOf(WILDCARD) >= 0) ? matchesWildcards(topic) : topic.equals(this.text));
	}

	/** A wildcard takes as little as possible, and more only if the rest fits nowhere. */
	private boolean matchesWildcards(String topic) {
		int at = 0;
		int inPattern = 0;
		int wildcard = -1;
		int takenUpTo = 0;
		while (at < topic.length()) {
			if (inPattern < this.text.length() && this.text.charAt(inPattern) == WILDCARD) {
				wildcard = inPattern++;
				takenUpTo = at;
			}
			else if (inPattern < this.text.length() && this.text.charAt(inPattern) == topic.charAt(at)) {
				inPattern++;
				at++;
			}
			else if (wildcard >= 0) {
				inPattern = wildcard + 1;
				at = ++takenUpTo;
			}
			else {
				return false;
			}
		}
		return this.text.substring(inPattern).chars().allMatch((rest) -> rest == WILDCARD);
	}

	@Override
	public String toString() {
		return this.text;
	}

}
