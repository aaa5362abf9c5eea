-- What tests of declaring look at: include after the search_path is set.

-- the rows of the catalog
CREATE VIEW declared AS
    SELECT source, name, target, direction, uselist, back_populates AS back, foreign_key,
           foreign_columns AS columns, cascade, on_replace, order_by, enforce,
           own_constraint AS own
    FROM relmap_internal.relationship ORDER BY source::text COLLATE "C", name;

-- what was made on tables of this schema
CREATE VIEW made AS
    SELECT tgrelid::regclass AS "on",
           regexp_replace(pg_get_triggerdef(oid), ' ON .* FOR EACH ROW', ' ... FOR EACH ROW') AS what,
           obj_description(oid, 'pg_trigger') AS comment
    FROM pg_trigger
    WHERE tgfoid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'relmap_internal'::regnamespace)
      AND tgrelid NOT IN ('relmap_internal.relationship'::regclass, 'relmap_internal.relationship_dump'::regclass)
      AND tgparentid = 0
    UNION ALL
    SELECT conrelid::regclass, conname || ' ' || pg_get_constraintdef(oid),
           obj_description(oid, 'pg_constraint')
    FROM pg_constraint
    WHERE contype = 'u' AND connamespace = current_schema()::regnamespace AND conparentid = 0
    ORDER BY 1, 2;

-- the error of a statement, with every field that a client gets
CREATE FUNCTION error(statement text) RETURNS TABLE (field text, value text)
LANGUAGE plpgsql AS $$
DECLARE
    sqlstate_ text;
    message text;
    detail text;
    hint text;
    table_ text;
    column_ text;
    constraint_ text;
BEGIN
    EXECUTE statement;
    RETURN QUERY VALUES ('no error', NULL);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS sqlstate_ = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, table_ = TABLE_NAME,
        column_ = COLUMN_NAME, constraint_ = CONSTRAINT_NAME;
    RETURN QUERY SELECT f, v
        FROM (VALUES ('sqlstate', sqlstate_), ('message', message), ('detail', detail),
                     ('hint', hint), ('table', table_), ('column', column_),
                     ('constraint', constraint_)) AS x (f, v)
        WHERE v <> '';
END $$;

\pset format unaligned
\pset tuples_only on
