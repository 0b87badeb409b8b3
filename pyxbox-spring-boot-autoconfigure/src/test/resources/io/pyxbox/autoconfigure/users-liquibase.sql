--liquibase formatted sql
--changeset them:1
CREATE TABLE theirs AS SELECT to_regclass('events') IS NOT NULL AS outbox_was_there;
