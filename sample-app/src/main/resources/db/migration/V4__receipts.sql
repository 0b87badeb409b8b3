CREATE TABLE payments (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL UNIQUE REFERENCES orders
);

ALTER TABLE orders
  -- How many were sent: one for each payment, whatever crashes.
  ADD COLUMN receipts integer NOT NULL DEFAULT 0;
