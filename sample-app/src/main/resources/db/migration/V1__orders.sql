CREATE TABLE orders (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product       text        NOT NULL,
  quantity      integer     NOT NULL,
  placed_at     timestamptz NOT NULL DEFAULT now(),
  -- Written by ConfirmationSender.
  confirmation  text        NOT NULL DEFAULT 'PENDING',
  attempts      integer     NOT NULL DEFAULT 0
);

-- Written by InventoryProjection: at all times a product's stock is 100 plus the sum of its movements.
CREATE TABLE inventory (
  product       text        PRIMARY KEY,
  stock         integer     NOT NULL
);

CREATE TABLE stock_movements (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product       text        NOT NULL,
  quantity      integer     NOT NULL,
  order_id      bigint      NOT NULL,
  moved_at      timestamptz NOT NULL DEFAULT now()
);
