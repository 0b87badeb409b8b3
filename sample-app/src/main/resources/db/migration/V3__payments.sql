ALTER TABLE orders
  ADD COLUMN paid     boolean NOT NULL DEFAULT false,
  -- The delayed event that PaymentDesk cancels when the order is paid.
  ADD COLUMN reminder uuid,
  ADD COLUMN reminded boolean NOT NULL DEFAULT false;
