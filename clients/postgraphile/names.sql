-- What README.md tells users of PostGraphile to do: no accessors but those
-- through an association table, and fields named as the attributes are.
SELECT relmap.alter_relationship(source, name, accessor => false)
FROM relmap.relationships WHERE accessor IS NOT NULL AND direction <> 'MANYTOMANY';
SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L', foreign_key, child, string_agg(tag || ' ' || name, E'\n'))
FROM relmap.relationships,
     LATERAL (SELECT CASE direction WHEN 'MANYTOONE' THEN source ELSE target END AS child,
                     CASE WHEN direction = 'MANYTOONE' THEN '@fieldName' WHEN uselist THEN '@foreignFieldName'
                          ELSE '@foreignSingleFieldName' END AS tag) AS c
WHERE direction <> 'MANYTOMANY'
GROUP BY child, foreign_key \gexec
