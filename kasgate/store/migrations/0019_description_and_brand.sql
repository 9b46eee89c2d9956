-- What a shopper pays for, in the merchant's words. NULL: the merchant gave none.
ALTER TABLE sessions ADD COLUMN description TEXT;
