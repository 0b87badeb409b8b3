-- Written by ShippingDesk, in the profile kafka: what came back from Kafka. It may come more than once, and is
-- received once: see events_inbox.
CREATE TABLE shipments (
  order_id      bigint      NOT NULL,
  product       text        NOT NULL,
  quantity      integer     NOT NULL,
  -- Where it was in Kafka.
  partition_no  integer     NOT NULL,
  record_offset bigint      NOT NULL
);
