-- The one enterprise whose cards an administrator's token makes; NULL is any.
-- The twin of migrations/sqlite/0011_admin_tokens_of_an_enterprise.sql.

ALTER TABLE admin_tokens ADD COLUMN enterprise_id UUID REFERENCES enterprises (id);
