/* src/relmap--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION relmap" to load this file. \quit

-- The schema is a member of the extension (the control file says pg_catalog),
-- so that it belongs to nobody else and goes with DROP EXTENSION.
CREATE SCHEMA relmap;
GRANT USAGE ON SCHEMA relmap TO PUBLIC;
COMMENT ON SCHEMA relmap IS 'relationships kept by the database';

--
-- Declarations
--

CREATE TABLE relmap.relationship (
    source          regclass NOT NULL,
    name            name     NOT NULL,
    target          regclass NOT NULL,
    direction       text     NOT NULL
                    CHECK (direction IN ('ONETOMANY', 'MANYTOONE', 'MANYTOMANY')),
    uselist         boolean  NOT NULL,
    back_populates  name,
    foreign_key     name     NOT NULL,
    foreign_columns name[]   NOT NULL,
    secondary       regclass,
    secondary_key   name,
    cascade         text     NOT NULL,
    on_replace      text     CHECK (on_replace IN ('nullify', 'delete', 'restrict')),
    order_by        text,
    enforce         boolean  NOT NULL,
    own_constraint  name,
    accessor        boolean  NOT NULL,
    doc             text,
    info            jsonb,
    PRIMARY KEY (source, name),
    CHECK ((on_replace IS NOT NULL) = (direction = 'ONETOMANY' AND NOT uselist)),
    CHECK ((secondary IS NOT NULL) = (direction = 'MANYTOMANY')),
    CHECK ((secondary_key IS NOT NULL) = (direction = 'MANYTOMANY'))
);
COMMENT ON TABLE relmap.relationship IS 'declared relationships, one row per attribute';
SELECT pg_catalog.pg_extension_config_dump('relmap.relationship', '');

-- Whoever owns the source table may insert, so that any owner can restore his
-- dump; the functions below write it in C, past all rights.
GRANT SELECT, INSERT ON relmap.relationship TO PUBLIC;

CREATE FUNCTION relmap.accept_relationship() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_accept_relationship' LANGUAGE C;
COMMENT ON FUNCTION relmap.accept_relationship() IS
    'row trigger of relmap.relationship: accepts a row from the owner of its source table only, and own_constraint from the owner of the table that has the foreign key';

CREATE TRIGGER accept BEFORE INSERT ON relmap.relationship
    FOR EACH ROW EXECUTE FUNCTION relmap.accept_relationship();

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
    info            jsonb    DEFAULT NULL
) RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_relationship' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.relationship(regclass, text, regclass, boolean, text, text, text[], text[], regclass, text, text, text, boolean, boolean, text, jsonb) IS
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
    info            jsonb    DEFAULT NULL
) RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_backref' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION relmap.backref(text, boolean, text, text, text, boolean, boolean, text, jsonb) IS
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
    info            jsonb    DEFAULT NULL
) RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_alter_relationship' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.alter_relationship(regclass, text, text, boolean, text, text, text, text, boolean, boolean, text, jsonb) IS
    'change a relationship; what is not given, or null, stays';

CREATE FUNCTION relmap.drop_relationship(
    source          regclass,
    name            text,
    keep_constraint boolean  DEFAULT false
) RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_drop_relationship' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.drop_relationship(regclass, text, boolean) IS
    'take back a relationship, with the triggers and the constraint that it alone needed';

--
-- Enforcement: the trigger functions, one per policy
--

CREATE FUNCTION relmap.replace_nullify() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_replace_nullify' LANGUAGE C;
COMMENT ON FUNCTION relmap.replace_nullify() IS
    'row trigger: a row that takes a held parent sets the foreign key of the row that had it to NULL';

CREATE FUNCTION relmap.replace_delete() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_replace_delete' LANGUAGE C;
COMMENT ON FUNCTION relmap.replace_delete() IS
    'row trigger: a row that takes a held parent releases the row that had it, which is deleted at COMMIT, or at once where no column of its foreign key can be NULL';

CREATE FUNCTION relmap.delete_orphan() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_delete_orphan' LANGUAGE C;
COMMENT ON FUNCTION relmap.delete_orphan() IS
    'deferred constraint trigger: deletes a row that was released and has no parent now';

CREATE FUNCTION relmap.replacing() RETURNS boolean
    AS 'MODULE_PATHNAME', 'relmap_replacing' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION relmap.replacing() IS
    'is the row being updated one that is replaced? for the WHEN clause of relmap''s own triggers';

--
-- Access
--

-- What a call costs is an index scan.
CREATE FUNCTION relmap.related(source record, name name, target anyelement)
    RETURNS anyelement
    AS 'MODULE_PATHNAME', 'relmap_related'
    LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION relmap.related(record, name, anyelement) IS
    'the row that a to-one attribute leads to from a row of its table, NULL if there is none';

--
-- Seeing
--

--
-- Following DDL
--
