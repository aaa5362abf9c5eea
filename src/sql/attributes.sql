/* src/sql/attributes.sql */

--
-- Attributes: what a row leads to, read and assigned.
--

-- What a call costs is an index scan.
CREATE FUNCTION relmap_internal.related(source record, name name, target anyelement)
    RETURNS anyelement
    AS 'MODULE_PATHNAME', 'relmap_related'
    LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION relmap_internal.related(record, name, anyelement) IS
    'the row that an attribute leads to from a row of its table; NULL if there is none';

CREATE FUNCTION relmap_internal.related_by(source record, name name, target anyelement, VARIADIC key "any")
    RETURNS anyelement
    AS 'MODULE_PATHNAME', 'relmap_related_by'
    LANGUAGE C STABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION relmap_internal.related_by(record, name, anyelement, "any") IS
    'the row of a keyed collection with these key values; NULL if there is none';

CREATE FUNCTION relmap_internal.keyed_accessor(source oid, name name)
    RETURNS regprocedure
    AS 'MODULE_PATHNAME', 'relmap_keyed_accessor' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION relmap_internal.keyed_accessor(oid, name) IS
    'the accessor of a keyed collection that takes a key; NULL if there is none';

CREATE FUNCTION relmap_internal.condition_values(source oid, name name)
    RETURNS text[]
    AS 'MODULE_PATHNAME', 'relmap_condition_values' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100;
COMMENT ON FUNCTION relmap_internal.condition_values(oid, name) IS
    'the columns whose values a condition fixes, each followed by its value; NULL if the condition has '
    'another form';

CREATE FUNCTION relmap.assign(source record, name name, target record)
    RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_assign' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.assign(record, name, record) IS
    'set an attribute that leads to one row to target; NULL clears it';

CREATE FUNCTION relmap.append(source record, name name, target record)
    RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_append' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.append(record, name, record) IS
    'put target into a collection';

CREATE FUNCTION relmap.remove(source record, name name, target record)
    RETURNS void
    AS 'MODULE_PATHNAME', 'relmap_remove' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION relmap.remove(record, name, record) IS
    'take target out of a collection';

CREATE FUNCTION relmap_internal.join_text(source regclass, name name, source_row text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'relmap_join' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION relmap_internal.join_text(regclass, name, text) IS
    'the text after FROM in a query for the rows that are related to a row of source; the target is '
    'called c';

-- A call runs a query of its own.
CREATE FUNCTION relmap.load(source_row record, VARIADIC paths text[] DEFAULT '{}')
    RETURNS jsonb
    AS 'MODULE_PATHNAME', 'relmap_load'
    LANGUAGE C STABLE PARALLEL RESTRICTED COST 10000;
COMMENT ON FUNCTION relmap.load(record, text[]) IS
    'a row as jsonb with its related rows along paths of attributes (''child'', ''albums.tracks.genre''): '
    'an object, null, or an array ordered by order_by or the primary key';
