-- pyxbox outbox, version 5: versions of types.
-- Placeholders: ${schema} and ${table}, without quotes (for example public and events).
-- To run it by hand, replace both and leave the quotes.
-- It may be run twice. Instances of earlier versions go on working while it runs and afterwards. They know of no versions:
-- what they emit is of version 1, and what they read they take for it. So raise the version of a class only when they
-- are gone.

-- Whoever adds the column waits for every transaction that uses the table, and whoever comes later waits behind it. So
-- it gives up soon; pyxbox tries again.
SET LOCAL lock_timeout = '2s';

-- In the order in which claims and settlements lock the tables.

-- Null for version 1, which is that of most events, and takes no room.
ALTER TABLE "${schema}"."${table}" ADD COLUMN IF NOT EXISTS version smallint;
ALTER TABLE "${schema}"."${table}_dead_letter" ADD COLUMN IF NOT EXISTS version smallint;
