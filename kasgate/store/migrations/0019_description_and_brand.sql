-- What a shopper pays for, in the merchant's words. NULL: the merchant gave none.
ALTER TABLE sessions ADD COLUMN description TEXT;

-- The merchant's branding on the checkout. NULL: none.
-- As #rrggbb, in lower case.
ALTER TABLE merchants ADD COLUMN brand_color TEXT;
ALTER TABLE merchants ADD COLUMN support_url TEXT;
ALTER TABLE merchants ADD COLUMN support_email TEXT;
-- SHA-256 of the PNG, in hex.
ALTER TABLE merchants ADD COLUMN logo TEXT;

CREATE TABLE logos (
    merchant_id TEXT PRIMARY KEY NOT NULL REFERENCES merchants (id),
    -- As in merchants.logo. Two merchants may have the same image.
    digest TEXT NOT NULL,
    -- A PNG, in base64.
    image TEXT NOT NULL
);

CREATE INDEX logos_by_digest ON logos (digest);
