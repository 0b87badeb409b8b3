-- pyxbox outbox, version 6: payloads that are encoded: compressed, or encrypted.
-- Placeholders: ${schema} and ${table}, without quotes (for example public and events).
-- To run it by hand, replace both and leave the quotes.
-- It may be run twice. Instances of earlier versions go on working while it runs and afterwards, as long as no event is
-- encoded, which none is by default. They do not see what is new here: to them an encoded event has the payload null. They
-- publish it as that, or make a dead letter of it without the encoded payload, which is lost then. So configure codecs
-- only when no instance of an earlier version is left.

-- Adding a column takes no time, but waits for every transaction that uses the table, and whoever comes later waits
-- behind it. So it gives up soon; pyxbox tries again.
SET LOCAL lock_timeout = '2s';

-- The name of the codec that has encoded the payload; null for a payload as it is. With a codec, payload is the JSON null.
ALTER TABLE "${schema}"."${table}" ADD COLUMN IF NOT EXISTS codec text;
ALTER TABLE "${schema}"."${table}" ADD COLUMN IF NOT EXISTS encoded bytea;
ALTER TABLE "${schema}"."${table}_dead_letter" ADD COLUMN IF NOT EXISTS codec text;
ALTER TABLE "${schema}"."${table}_dead_letter" ADD COLUMN IF NOT EXISTS encoded bytea;

-- What is compressed or encrypted cannot be compressed again: the server need not try.
ALTER TABLE "${schema}"."${table}" ALTER COLUMN encoded SET STORAGE EXTERNAL;
ALTER TABLE "${schema}"."${table}_dead_letter" ALTER COLUMN encoded SET STORAGE EXTERNAL;
