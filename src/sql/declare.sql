/* src/sql/declare.sql */

--
-- Declarations: the table of them, and the functions that write it.
--
-- What they store, or compare with what is stored, has quotes where they are
-- needed, whatever quote_all_identifiers is.
--

-- What a restored row has, whatever names mean later.
CREATE FUNCTION relmap_internal.columns_seen(
    source regclass, target regclass, direction text, secondary regclass, foreign_columns name[],
    referenced_columns name[], secondary_columns name[], secondary_referenced name[], keyed_by name[],
    order_by text, condition text, on_replace text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_columns_seen' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION relmap_internal.columns_seen(regclass, regclass, text, regclass, name[], name[], name[], name[],
    name[], text, text, text) IS
    'the columns that a declaration names, by table and number, when its row is written';

CREATE TABLE relmap_internal.relationship (
    source          regclass NOT NULL,
    name            name     NOT NULL,
    target          regclass NOT NULL,
    direction       text     NOT NULL
                    CHECK (direction IN ('ONETOMANY', 'MANYTOONE', 'MANYTOMANY')),
    uselist         boolean  NOT NULL,
    back_populates  name,
    foreign_key     name,
    foreign_columns name[]   NOT NULL,
    secondary       regclass,
    secondary_key   name,
    cascade         text     NOT NULL,
    on_replace      text
                    CHECK (on_replace IN ('nullify', 'delete', 'restrict') OR starts_with(on_replace, 'set ')),
    order_by        text,
    enforce         boolean  NOT NULL,
    own_constraint  name,
    accessor        boolean  NOT NULL,
    doc             text,
    info            jsonb,
    condition       text,
    keyed_by        name[],
    -- what the keys' columns reference; where a key was dropped, its former name
    referenced_columns    name[],
    secondary_columns     name[],
    secondary_referenced  name[],
    former_key            text,
    former_secondary_key  text,
    required              boolean,
    single_parent         boolean,
    -- 1: it has texts, which DDL on anything may concern; 2: it waits for a key; 3: both
    watched               smallint GENERATED ALWAYS AS (
        CASE WHEN condition IS NOT NULL OR starts_with(on_replace, 'set ') THEN 1 ELSE 0 END
        + CASE WHEN former_key IS NOT NULL OR former_secondary_key IS NOT NULL THEN 2 ELSE 0 END) STORED,
    -- the numbers of the columns named here, in this database; generated, so
    -- that it is not dumped
    last_seen             text GENERATED ALWAYS AS (
        relmap_internal.columns_seen(source, target, direction, secondary, foreign_columns, referenced_columns,
                                     secondary_columns, secondary_referenced, keyed_by, order_by, condition,
                                     on_replace)) STORED,
    PRIMARY KEY (source, name),
    CHECK (CASE WHEN direction = 'MANYTOONE' THEN on_replace IS NULL
                WHEN NOT uselist OR keyed_by IS NOT NULL THEN on_replace IS NOT NULL
                ELSE on_replace IS NULL OR condition IS NOT NULL END),
    CHECK (condition IS NULL OR direction = 'ONETOMANY'),
    CHECK (direction <> 'MANYTOONE' OR required IS NOT TRUE),
    CHECK (direction = 'MANYTOONE' OR single_parent IS NOT TRUE),
    CHECK (keyed_by IS NULL OR direction = 'ONETOMANY' AND uselist AND cardinality(keyed_by) > 0),
    CHECK ((secondary IS NOT NULL) = (direction = 'MANYTOMANY')),
    CHECK ((foreign_key IS NULL) = (former_key IS NOT NULL)),
    CHECK (num_nonnulls(secondary_key, former_secondary_key) = CASE direction WHEN 'MANYTOMANY' THEN 1 ELSE 0 END)
) USING heap;       -- it is read as a catalog is
CREATE INDEX relationship_target ON relmap_internal.relationship (target, source);
CREATE INDEX relationship_watched ON relmap_internal.relationship (watched);
CREATE INDEX relationship_secondary ON relmap_internal.relationship (secondary);
COMMENT ON TABLE relmap_internal.relationship IS
    'the declared relationships, one row per attribute';

-- Whoever owns the source table may insert, so that any owner can restore
-- a dump; the functions below write it in C, past all rights.
GRANT SELECT, INSERT ON relmap_internal.relationship TO PUBLIC;

CREATE FUNCTION relmap_internal.accept_relationship() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_accept_relationship' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.accept_relationship() IS
    'row trigger of relmap_internal.relationship: accepts a row only from the owner of its source table, '
    'and own_constraint only from the owner of the table that has the foreign key';

CREATE TRIGGER accept BEFORE INSERT ON relmap_internal.relationship
    FOR EACH ROW EXECUTE FUNCTION relmap_internal.accept_relationship();

CREATE FUNCTION relmap_internal.skip_replicated() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_skip_replicated' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.skip_replicated() IS
    'row trigger of relmap_internal.relationship: skips what logical replication brings';

CREATE TRIGGER skip_replicated BEFORE INSERT OR UPDATE OR DELETE ON relmap_internal.relationship
    FOR EACH ROW EXECUTE FUNCTION relmap_internal.skip_replicated();
ALTER TABLE relmap_internal.relationship ENABLE REPLICA TRIGGER skip_replicated;

-- A dump has the declarations as rows of another table, with the names of tables
-- as text.  A dump of a schema, or one without a table, has declarations of
-- tables that it does not have: one such value of type regclass would make the
-- COPY fail, and all declarations would be lost.
CREATE TABLE relmap_internal.relationship_dump USING heap AS
SELECT ''::text AS source, name, ''::text AS target, direction, uselist, back_populates, foreign_key, foreign_columns,
       ''::text AS secondary, secondary_key, cascade, on_replace, order_by, enforce, own_constraint, accessor, doc,
       info, condition, keyed_by, referenced_columns, secondary_columns, secondary_referenced, former_key,
       former_secondary_key, required, single_parent
FROM relmap_internal.relationship WITH NO DATA;
COMMENT ON TABLE relmap_internal.relationship_dump IS
    'the table of declarations in a dump; always empty: a row that is inserted becomes one of '
    'relmap_internal.relationship';

-- Declarations of temporary tables, and of what is no table any more, are left out.
CREATE FUNCTION relmap_internal.declarations_to_dump()
    RETURNS SETOF relmap_internal.relationship_dump
    LANGUAGE sql STABLE
BEGIN ATOMIC
WITH dumped AS (
    SELECT c.oid AS relation, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND c.relkind IN ('r', 'p')
)
SELECT source.name, r.name, target.name, r.direction, r.uselist, r.back_populates, r.foreign_key, r.foreign_columns,
       secondary.name, r.secondary_key, r.cascade, r.on_replace, r.order_by, r.enforce, r.own_constraint, r.accessor,
       r.doc, r.info, r.condition, r.keyed_by, r.referenced_columns, r.secondary_columns, r.secondary_referenced,
       r.former_key, r.former_secondary_key, r.required, r.single_parent
FROM relmap_internal.relationship r
JOIN dumped source ON source.relation = r.source
JOIN dumped target ON target.relation = r.target
LEFT JOIN dumped secondary ON secondary.relation = r.secondary
WHERE r.secondary IS NULL OR secondary.relation IS NOT NULL
ORDER BY source.name COLLATE "C", r.name;
END;
COMMENT ON FUNCTION relmap_internal.declarations_to_dump() IS
    'the declarations, as a dump has them';

-- pg_dump copies the columns of the table FROM the table, and appends this.
SELECT pg_catalog.pg_extension_config_dump('relmap_internal.relationship_dump',
    'WHERE false UNION ALL SELECT * FROM relmap_internal.declarations_to_dump()');

GRANT SELECT, INSERT ON relmap_internal.relationship_dump TO PUBLIC;

CREATE FUNCTION relmap_internal.restore_relationship() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_restore_relationship' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.restore_relationship() IS
    'trigger of relmap_internal.relationship_dump: inserts the row into relmap_internal.relationship, if its '
    'tables exist; one warning per statement tells what was skipped';

CREATE TRIGGER restore_begin BEFORE INSERT ON relmap_internal.relationship_dump
    FOR EACH STATEMENT EXECUTE FUNCTION relmap_internal.restore_relationship();
CREATE TRIGGER restore BEFORE INSERT ON relmap_internal.relationship_dump
    FOR EACH ROW EXECUTE FUNCTION relmap_internal.restore_relationship();
CREATE TRIGGER restore_end AFTER INSERT ON relmap_internal.relationship_dump
    FOR EACH STATEMENT EXECUTE FUNCTION relmap_internal.restore_relationship();

-- A restore under session_replication_role = replica brings declarations, too.
ALTER TABLE relmap_internal.relationship_dump ENABLE ALWAYS TRIGGER restore_begin;
ALTER TABLE relmap_internal.relationship_dump ENABLE ALWAYS TRIGGER restore;
ALTER TABLE relmap_internal.relationship_dump ENABLE ALWAYS TRIGGER restore_end;

CREATE FUNCTION relmap.relationship(
    source          regclass,
    name            text,
    target          regclass,
    uselist         boolean  DEFAULT NULL,
    back_populates  text     DEFAULT NULL,
    backref         text     DEFAULT NULL,
    foreign_keys    text[]   DEFAULT NULL,
    remote_side     text[]   DEFAULT NULL,
    secondary       regclass DEFAULT NULL,
    cascade         text     DEFAULT NULL,
    on_replace      text     DEFAULT NULL,
    order_by        text     DEFAULT NULL,
    enforce         boolean  DEFAULT NULL,
    accessor        boolean  DEFAULT NULL,
    doc             text     DEFAULT NULL,
    info            jsonb    DEFAULT NULL,
    condition       text     DEFAULT NULL,
    keyed_by        text[]   DEFAULT NULL,
    required        boolean  DEFAULT NULL,
    single_parent   boolean  DEFAULT NULL
) RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_relationship' LANGUAGE C VOLATILE PARALLEL UNSAFE
    SET quote_all_identifiers = off;
COMMENT ON FUNCTION relmap.relationship IS
    'declare a relationship on a foreign key between source and target';

CREATE FUNCTION relmap.backref(
    name            text,
    uselist         boolean  DEFAULT NULL,
    cascade         text     DEFAULT NULL,
    on_replace      text     DEFAULT NULL,
    order_by        text     DEFAULT NULL,
    enforce         boolean  DEFAULT NULL,
    accessor        boolean  DEFAULT NULL,
    doc             text     DEFAULT NULL,
    info            jsonb    DEFAULT NULL,
    condition       text     DEFAULT NULL,
    keyed_by        text[]   DEFAULT NULL,
    required        boolean  DEFAULT NULL,
    single_parent   boolean  DEFAULT NULL
) RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_backref' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION relmap.backref IS
    'the other side of a relationship with its options, for the argument backref of relmap.relationship()';

CREATE FUNCTION relmap.alter_relationship(
    source          regclass,
    name            text,
    new_name        text     DEFAULT NULL,
    uselist         boolean  DEFAULT NULL,
    back_populates  text     DEFAULT NULL,
    cascade         text     DEFAULT NULL,
    on_replace      text     DEFAULT NULL,
    order_by        text     DEFAULT NULL,
    enforce         boolean  DEFAULT NULL,
    accessor        boolean  DEFAULT NULL,
    doc             text     DEFAULT NULL,
    info            jsonb    DEFAULT NULL,
    condition       text     DEFAULT NULL,
    keyed_by        text[]   DEFAULT NULL,
    required        boolean  DEFAULT NULL,
    single_parent   boolean  DEFAULT NULL
) RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_alter_relationship' LANGUAGE C VOLATILE PARALLEL UNSAFE
    SET quote_all_identifiers = off;
COMMENT ON FUNCTION relmap.alter_relationship IS
    'change a relationship; an argument that is NULL or not given changes nothing';

CREATE FUNCTION relmap.drop_relationship(
    source          regclass,
    name            text,
    keep_constraint boolean  DEFAULT false,
    missing_ok      boolean  DEFAULT false
) RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_drop_relationship' LANGUAGE C VOLATILE PARALLEL UNSAFE
    SET quote_all_identifiers = off;
COMMENT ON FUNCTION relmap.drop_relationship IS
    'drop a relationship, with its accessor, and the triggers and the constraint that nothing else needs';
