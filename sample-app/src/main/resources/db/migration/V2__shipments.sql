-- Written by ShippingDesk, in the profile kafka: what came back from Kafka. It may come more than once.
CREATE TABLE shipments (
  event_id      uuid        PRIMARY KEY,
  order_id      bigint      NOT NULL,
  product       text        NOT NULL,
  quantity      integer     NOT NULL,
  -- Where it was in Kafka.
  partition_no  integer     NOT NULL,
  record_offset bigint      NOT NULL
);
