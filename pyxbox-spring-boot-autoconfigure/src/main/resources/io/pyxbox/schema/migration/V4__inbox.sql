-- pyxbox outbox, version 4: what was received from elsewhere.
-- Placeholders: ${schema} and ${table}, without quotes (for example public and events).
-- To run it by hand, replace both and leave the quotes.
-- It may be run twice. Instances of earlier versions go on working while it runs and afterwards: both tables are new.

-- One row per message and receiver, written in the transaction of what the message led to.
CREATE TABLE IF NOT EXISTS "${schema}"."${table}_inbox" (
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The id itself if it is a UUID; otherwise a hash of it.
  message_id  uuid        NOT NULL,
  consumer    text        NOT NULL,
  -- The id as it came, where it is no UUID.
  original_id text,
  CONSTRAINT "${table}_inbox_pkey" PRIMARY KEY (consumer, message_id)
) WITH (
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  vacuum_truncate = off
);

-- Rows are deleted by age. What is inserted goes to the end of this index, where it costs little.
CREATE INDEX IF NOT EXISTS "${table}_inbox_age_idx" ON "${schema}"."${table}_inbox" (received_at);

COMMENT ON TABLE "${schema}"."${table}_inbox" IS 'pyxbox: messages that were received';

-- One row per receiver, topic and partition, for messages that have a position in a log.
CREATE TABLE IF NOT EXISTS "${schema}"."${table}_inbox_offset" (
  consumer        text        NOT NULL,
  topic           text        NOT NULL,
  partition       integer     NOT NULL,
  -- The first offset that has not been received.
  next_offset     bigint      NOT NULL,
  -- What that was before: where the batch began that was received last.
  previous_offset bigint      NOT NULL,
  received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "${table}_inbox_offset_pkey" PRIMARY KEY (consumer, topic, partition)
) WITH (
  -- Room for new versions of a row beside the old ones.
  fillfactor = 20,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000,
  vacuum_truncate = off
);

COMMENT ON TABLE "${schema}"."${table}_inbox_offset" IS 'pyxbox: up to where logs were received';
