-- The trigger that people write by hand, and the one that is also right where
-- several sessions take one parent.  Variable: function, which of them.
CREATE FUNCTION release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE child SET parent_id = NULL WHERE parent_id = NEW.parent_id AND id <> NEW.id;
    RETURN NEW;
END $$;
CREATE FUNCTION lock_and_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM parent WHERE id = NEW.parent_id FOR NO KEY UPDATE;
    UPDATE child SET parent_id = NULL WHERE parent_id = NEW.parent_id AND id <> NEW.id;
    RETURN NEW;
END $$;
CREATE TRIGGER release BEFORE INSERT OR UPDATE OF parent_id ON child
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION :function();
