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
    PRIMARY KEY (source, name)
);
COMMENT ON TABLE relmap.relationship IS 'declared relationships, one row per attribute';
SELECT pg_catalog.pg_extension_config_dump('relmap.relationship', '');
GRANT SELECT ON relmap.relationship TO PUBLIC;

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

--
-- Seeing
--

--
-- Following DDL
--
