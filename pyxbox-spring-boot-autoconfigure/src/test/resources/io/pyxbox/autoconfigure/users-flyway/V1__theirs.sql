CREATE TABLE theirs AS SELECT to_regclass('events') IS NOT NULL AS outbox_was_there;
