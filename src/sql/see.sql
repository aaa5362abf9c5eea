/* src/sql/see.sql */

--
-- Seeing: the declared relationships, and what would break them.
--

CREATE VIEW relmap.relationships AS
SELECT r.source, r.name::text, r.target, r.direction, r.uselist,
       r.back_populates::text, r.foreign_key::text,
       CASE r.direction WHEN 'MANYTOONE' THEN r.foreign_columns::text[]
            ELSE coalesce(relmap_internal.column_names(f.confrelid, f.confkey),
                r.referenced_columns::text[]) END AS local_columns,
       CASE r.direction WHEN 'ONETOMANY' THEN r.foreign_columns::text[]
            WHEN 'MANYTOONE' THEN coalesce(relmap_internal.column_names(f.confrelid, f.confkey),
                r.referenced_columns::text[])
            ELSE coalesce(relmap_internal.column_names(s.confrelid, s.confkey),
                r.secondary_referenced::text[]) END AS remote_columns,
       r.secondary, r.cascade,
       CASE WHEN r.enforce OR r.condition IS NOT NULL OR r.on_replace <> 'nullify' THEN r.on_replace END AS on_replace,
       CASE WHEN r.direction <> 'MANYTOONE' AND (NOT r.uselist OR r.keyed_by IS NOT NULL)
           THEN r.enforce END AS enforced,
       CASE WHEN r.direction = 'MANYTOONE'
            THEN CASE WHEN r.single_parent THEN relmap_internal.unique_index(f.conrelid, f.conkey) END
            WHEN r.condition IS NOT NULL OR r.keyed_by IS NOT NULL
            THEN CASE WHEN NOT r.uselist OR r.keyed_by IS NOT NULL THEN relmap_internal.slot_index(r.source, r.name) END
            WHEN NOT r.uselist THEN relmap_internal.unique_index(f.conrelid, f.conkey) END AS unique_index,
       r.order_by,
       -- by its argument, too: many tables may have an attribute of that name
       (SELECT p.oid::regprocedure FROM pg_class c, pg_proc p
        WHERE c.oid = r.source AND p.proname = r.name
          AND p.proargtypes = c.reltype::text::oidvector
          AND p.pronamespace = c.relnamespace
          AND starts_with(p.prosrc, '/* relmap */ SELECT ')) AS accessor,
       r.doc, r.info, r.condition, r.keyed_by::text[],
       CASE WHEN r.keyed_by IS NOT NULL THEN relmap_internal.keyed_accessor(r.source, r.name) END AS keyed_accessor,
       CASE WHEN r.direction <> 'MANYTOONE' THEN coalesce(r.required, false) END AS required,
       CASE WHEN r.direction = 'MANYTOONE' THEN coalesce(r.single_parent, false) END AS single_parent,
       CASE WHEN r.foreign_key IS NULL THEN format('foreign key "%s" was dropped', r.former_key)
            WHEN r.secondary IS NOT NULL AND r.secondary_key IS NULL
                THEN format('foreign key "%s" was dropped', r.former_secondary_key)
            WHEN f.oid IS NULL THEN format('foreign key "%s" does not exist', r.foreign_key)
            WHEN r.secondary IS NOT NULL AND s.oid IS NULL THEN format('foreign key "%s" does not exist',
                r.secondary_key)
            WHEN r.condition IS NOT NULL AND relmap_internal.text_problem(r.source, r.name, false) IS NOT NULL
                THEN 'condition: ' || relmap_internal.text_problem(r.source, r.name, false)
            WHEN starts_with(r.on_replace, 'set ') AND relmap_internal.text_problem(r.source, r.name, true) IS NOT NULL
                THEN 'on_replace: ' || relmap_internal.text_problem(r.source, r.name, true)
            WHEN CASE WHEN r.direction = 'MANYTOONE' THEN r.single_parent IS NOT TRUE ELSE NOT r.enforce END THEN NULL
            WHEN r.keyed_by IS NOT NULL OR r.condition IS NOT NULL AND NOT r.uselist
                THEN CASE WHEN relmap_internal.slot_index(r.source, r.name) IS NULL
                          THEN format('columns (%s) are not unique%s', array_to_string(r.foreign_columns
                              || r.keyed_by, ', '),
                                      ' where ' || r.condition) END
            WHEN NOT r.uselist
                 AND relmap_internal.unique_index(f.conrelid, f.conkey) IS NULL
                THEN format('columns (%s) are not unique', array_to_string(r.foreign_columns, ', '))
            END AS suspended
FROM relmap_internal.relationship r
LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.conparentid = 0
    AND f.conname = r.foreign_key
    AND f.conrelid = relmap_internal.child_of(r)
LEFT JOIN pg_constraint s ON s.contype = 'f' AND s.conparentid = 0
    AND s.conname = r.secondary_key AND s.conrelid = r.secondary;
COMMENT ON VIEW relmap.relationships IS
    'the relationships, one row per attribute, with the foreign key, index and accessor of each';
COMMENT ON COLUMN relmap.relationships.source IS 'the table that has the attribute';
COMMENT ON COLUMN relmap.relationships.name IS 'the attribute';
COMMENT ON COLUMN relmap.relationships.target IS 'where it leads to';
COMMENT ON COLUMN relmap.relationships.direction IS 'ONETOMANY, MANYTOONE or MANYTOMANY';
COMMENT ON COLUMN relmap.relationships.uselist IS 'is it a collection?';
COMMENT ON COLUMN relmap.relationships.back_populates IS 'the attribute of target that is the other side';
COMMENT ON COLUMN relmap.relationships.foreign_key IS 'the foreign key; for a many-to-many the one to source';
COMMENT ON COLUMN relmap.relationships.local_columns IS 'the key''s columns in source';
COMMENT ON COLUMN relmap.relationships.remote_columns IS 'the key''s columns in target';
COMMENT ON COLUMN relmap.relationships.secondary IS 'the association table';
COMMENT ON COLUMN relmap.relationships.cascade IS 'SQLAlchemy''s cascades; delete and delete-orphan have an effect';
COMMENT ON COLUMN relmap.relationships.on_replace IS 'what happens to the row that is replaced; NULL where nothing is replaced';
COMMENT ON COLUMN relmap.relationships.enforced IS 'is the one-to-one or keyed collection enforced? NULL for other attributes';
COMMENT ON COLUMN relmap.relationships.unique_index IS 'the index that lets one row at a time have the parent';
COMMENT ON COLUMN relmap.relationships.order_by IS 'the order of the collection, or which row is the first';
COMMENT ON COLUMN relmap.relationships.accessor IS 'the function name(source); NULL if there is none';
COMMENT ON COLUMN relmap.relationships.doc IS 'the comment on the accessor';
COMMENT ON COLUMN relmap.relationships.info IS 'any jsonb';
COMMENT ON COLUMN relmap.relationships.condition IS 'the condition that the rows meet';
COMMENT ON COLUMN relmap.relationships.keyed_by IS 'the columns that key the collection';
COMMENT ON COLUMN relmap.relationships.keyed_accessor IS 'the function that takes a key; NULL if there is none';
COMMENT ON COLUMN relmap.relationships.required IS 'must a row have a child? NULL for a many-to-one';
COMMENT ON COLUMN relmap.relationships.single_parent IS 'for a many-to-one: may no two rows share the row that they refer to?';
COMMENT ON COLUMN relmap.relationships.suspended IS 'why the relationship has no effect now; NULL if it works';
GRANT SELECT ON relmap.relationships TO PUBLIC;

CREATE FUNCTION relmap.violations(source regclass, name text)
    RETURNS TABLE (key jsonb, children bigint)
    AS 'MODULE_PATHNAME', 'relmap_violations' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100000 ROWS 10;
COMMENT ON FUNCTION relmap.violations(regclass, text) IS
    'the rows that have several children, and how many; for a required attribute also the rows without a '
    'child';

CREATE FUNCTION relmap_internal.count_violations(source regclass, name text)
    RETURNS bigint
    AS 'MODULE_PATHNAME', 'relmap_count_violations' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION relmap_internal.count_violations(regclass, text) IS
    'how many rows have several children; NULL if the caller may not see all rows, or if they cannot be '
    'counted';

CREATE FUNCTION relmap_internal.count_childless(source regclass, name text)
    RETURNS bigint
    AS 'MODULE_PATHNAME', 'relmap_count_childless' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION relmap_internal.count_childless(regclass, text) IS
    'how many rows lack a required child; NULL if the caller may not see all rows, or if they cannot be '
    'counted';
