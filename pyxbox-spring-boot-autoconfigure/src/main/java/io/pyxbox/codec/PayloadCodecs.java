package io.pyxbox.codec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

import io.pyxbox.EventId;
import io.pyxbox.InvalidEventException;
import io.pyxbox.OutboxEvent;
import io.pyxbox.PayloadCodec;
import io.pyxbox.PayloadCodecException;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Which codec encodes the payloads of which types, and all that can decode. Thread-safe.
 */
public final class PayloadCodecs {

	/** In the place of a codec's name: none. */
	public static final String PLAIN = "plain";

	private final Supplier<? extends Collection<PayloadCodec>> finder;

	private final String otherwise;

	private final Map<String, String> byType;

	private volatile @Nullable Map<String, PayloadCodec> codecs;

	/**
	 * Creates an instance; nothing is looked for yet.
	 * @param codecs finds the codecs; of several of a name the last one counts; asked
	 * when the first is needed, because codecs may need much else
	 * @param otherwise the name of the codec for types that have none of their own
	 * @param byType the names of codecs by the names of types; they count before what
	 * classes say
	 */
	public PayloadCodecs(Supplier<? extends Collection<PayloadCodec>> codecs, String otherwise,
			Map<String, String> byType) {
		this.finder = codecs;
		this.otherwise = otherwise;
		this.byType = Map.copyOf(byType);
	}

	/**
	 * Returns codecs that store everything as it is, and read nothing else.
	 * @return an instance
	 */
	public static PayloadCodecs plain() {
		return new PayloadCodecs(List::of, PLAIN, Map.of());
	}

	/**
	 * Returns the codecs that compress.
	 * @param gzipThreshold from which size on {@code gzip} compresses, in bytes of JSON
	 * @param zstdThreshold from which size on {@code zstd} does
	 * @return {@code gzip}, and {@code zstd} if its library is there
	 */
	public static List<PayloadCodec> compressing(long gzipThreshold, long zstdThreshold) {
		List<PayloadCodec> codecs = new ArrayList<>(List.of(new GzipPayloadCodec(gzipThreshold)));
		// Not asked of the codec, which cannot even say no without its library.
		if (ClassUtils.isPresent("com.github.luben.zstd.ZstdCompressCtx", PayloadCodecs.class.getClassLoader())) {
			codecs.add(new ZstdPayloadCodec(zstdThreshold));
		}
		return codecs;
	}

	/**
	 * Requires that every codec that is named is there, and that it is named for the
	 * names that types have today.
	 * @param types the registered types
	 * @throws IllegalArgumentException if one is not
	 */
	public void validate(EventTypes types) {
		requireKnown(this.otherwise, "'pyxbox.codec.default' names");
		this.byType
			.forEach((type, name) -> requireKnown(name, "'pyxbox.codec.types' names for the type '" + type + "'"));
		for (EventType type : types.assignableTo(Object.class)) {
			requireKnown(nameFor(type.name(), type), "the event class " + type.javaType().getName() + " names");
			if (!this.byType.containsKey(type.name())) {
				types.names(type).forEach((name) -> requireNotConfigured(name, type));
			}
		}
	}

	/** Or what was a secret under the old name would be none under the new one. */
	private void requireNotConfigured(String formerName, EventType type) {
		if (this.byType.containsKey(formerName)) {
			throw new IllegalArgumentException("'pyxbox.codec.types' names one for the type '" + formerName
					+ "', but events of " + type.javaType().getName() + " are stored as '" + type.name()
					+ "' today, for which it names none");
		}
	}

	private void requireKnown(String name, String who) {
		if (!name.equals(PLAIN) && find(name) == null) {
			throw new IllegalArgumentException(
					who + " the codec '" + name + "', and there is none of this name. " + known());
		}
	}

	/**
	 * Encodes a payload.
	 * @param json the payload
	 * @param id the event's identity
	 * @param typeName the event's type
	 * @param type what is known of the type, if anything
	 * @return what is to be stored, or {@code null} to store it as it is
	 * @throws InvalidEventException if it cannot be encoded
	 */
	public @Nullable Encoded encode(String json, EventId id, String typeName, @Nullable EventType type) {
		String name = nameFor(typeName, type);
		if (name.equals(PLAIN)) {
			return null;
		}
		PayloadCodec codec = find(name);
		if (codec == null) {
			throw new InvalidEventException(
					"The codec '" + name + "' for events of type '" + typeName + "' is not known here. " + known());
		}
		try {
			byte[] bytes = codec.encode(json.getBytes(StandardCharsets.UTF_8), new PayloadCodec.Context(id, typeName));
			return (bytes != null) ? new Encoded(name, bytes) : null;
		}
		catch (RuntimeException ex) {
			throw new InvalidEventException(
					"An event of type '" + typeName + "' cannot be encoded by '" + name + "': " + ex.getMessage(), ex);
		}
	}

	private String nameFor(String typeName, @Nullable EventType type) {
		String configured = this.byType.get(typeName);
		if (configured != null) {
			return configured;
		}
		OutboxEvent annotation = (type != null) ? type.javaType().getAnnotation(OutboxEvent.class) : null;
		return (annotation != null && !annotation.codec().isEmpty()) ? annotation.codec() : this.otherwise;
	}

	/**
	 * Returns a payload as JSON.
	 * @param payload the payload as it is stored
	 * @param name the name of the codec that has encoded it, if any
	 * @param id the event's identity
	 * @param type the event's type, as it is stored
	 * @return JSON in UTF-8
	 * @throws PayloadCodecException if it cannot be decoded, at the moment at least
	 */
	public byte[] decode(byte[] payload, @Nullable String name, EventId id, String type) {
		if (name == null) {
			return payload;
		}
		try {
			PayloadCodec codec = find(name);
			if (codec == null) {
				throw new PayloadCodecException("Nothing of this name is known here. " + known(), null);
			}
			byte @Nullable [] json = codec.decode(payload, new PayloadCodec.Context(id, type));
			if (json == null) {
				throw new PayloadCodecException("It returned null", null);
			}
			return json;
		}
		// A codec may be without its native library, which is no reason to stop here.
		catch (RuntimeException | LinkageError | AssertionError | StackOverflowError ex) {
			throw new PayloadCodecException(
					"The stored payload, which was encoded by '" + name + "', cannot be decoded: " + ex.getMessage(),
					ex);
		}
	}

	/**
	 * Tells whether what a codec has encoded is a secret.
	 * @param name the name of the codec, if any
	 * @return whether it is
	 */
	public boolean isConfidential(@Nullable String name) {
		PayloadCodec codec = (name != null) ? find(name) : null;
		return codec != null && codec.isConfidential();
	}

	private String known() {
		return "Known are " + String.join(", ", new TreeSet<>(all().keySet())) + "."
				+ unlessKnown(AesGcmPayloadCodec.NAME, "there is a KeySource")
				+ unlessKnown(ZstdPayloadCodec.NAME, "com.github.luben:zstd-jni is on the class path");
	}

	private String unlessKnown(String name, String where) {
		return all().containsKey(name) ? "" : " There is '" + name + "' as well, where " + where + ".";
	}

	private @Nullable PayloadCodec find(String name) {
		return all().get(name);
	}

	/** Found twice if two threads come first at the same time, to the same effect. */
	private Map<String, PayloadCodec> all() {
		Map<String, PayloadCodec> found = this.codecs;
		if (found == null) {
			Map<String, PayloadCodec> named = new TreeMap<>();
			this.finder.get().forEach((codec) -> named.put(codec.name(), codec));
			this.codecs = named;
			found = named;
		}
		return found;
	}

	/**
	 * An encoded payload.
	 *
	 * @param codec the name of its codec
	 * @param bytes what is stored
	 */
	public record Encoded(String codec, byte[] bytes) {
	}

}
