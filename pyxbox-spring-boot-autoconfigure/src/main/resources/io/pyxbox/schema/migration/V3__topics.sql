-- pyxbox outbox, version 3: consumers that take topics, whatever the type.
-- Placeholders: ${schema} and ${table}, without quotes (for example public and events).
-- To run it by hand, replace both and leave the quotes.
-- It may be run twice. Instances of version 1 go on working while it runs and afterwards. Those of version 2 go on until
-- such a consumer is registered: they do not understand it, so they complete nothing from then on, and lose nothing.

-- Whoever adds the column waits for every transaction that uses the table, and whoever comes later waits behind it. So
-- it gives up soon; pyxbox tries again.
SET LOCAL lock_timeout = '2s';

-- Null where topic_pattern is set.
ALTER TABLE "${schema}"."${table}_consumer" ALTER COLUMN type DROP NOT NULL;
-- Events of whatever type whose topic is LIKE this.
ALTER TABLE "${schema}"."${table}_consumer" ADD COLUMN IF NOT EXISTS topic_pattern text;
