CREATE TABLE public.theirs AS SELECT to_regclass('public.events') IS NOT NULL AS outbox_was_there;
CREATE SCHEMA app;
