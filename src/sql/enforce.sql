/* src/sql/enforce.sql */

--
-- Enforcement: the trigger functions, one per policy.
--

CREATE FUNCTION relmap_internal.replace_nullify() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_replace_nullify' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.replace_nullify() IS
    'row trigger: when a row takes the parent of another row, the foreign key of that row is set to NULL';

CREATE FUNCTION relmap_internal.replace_delete() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_replace_delete' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.replace_delete() IS
    'row trigger: when a row takes the parent of another row, that row is deleted: at COMMIT, or at once '
    'if no column of its foreign key can be NULL';

CREATE FUNCTION relmap_internal.replace_restrict() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_replace_restrict' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.replace_restrict() IS
    'row trigger: a row that would take the parent of another row is refused, with an error that names '
    'that row';

-- Those of slots with a condition, a key, or a list to set.  Their arguments are
-- the columns of the foreign key, the columns that key the collection, the
-- condition, and the list; '' for none.

CREATE FUNCTION relmap_internal.slot_nullify() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_slot_nullify' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.slot_nullify() IS
    'row trigger: when a row takes the slot of another row, the foreign key of that row is set to NULL';

CREATE FUNCTION relmap_internal.slot_delete() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_slot_delete' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.slot_delete() IS
    'row trigger: when a row takes the slot of another row, that row is deleted: at COMMIT, or at once if '
    'no column of its foreign key can be NULL';

CREATE FUNCTION relmap_internal.slot_restrict() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_slot_restrict' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.slot_restrict() IS
    'row trigger: a row that would take the slot of another row is refused, with an error that names that '
    'row, unless the statement moves that row too';

CREATE FUNCTION relmap_internal.slot_set() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_slot_set' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.slot_set() IS
    'row trigger: when a row takes the slot of another row, columns of that row are set so that it leaves '
    'the slot';

CREATE FUNCTION relmap_internal.moved_orphan() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_moved_orphan' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.moved_orphan() IS
    'row trigger: refuses to move a row to another partition if it has lost its parent and is due to be '
    'deleted';

CREATE FUNCTION relmap_internal.delete_orphan() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_delete_orphan' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.delete_orphan() IS
    'deferred constraint trigger: deletes a row that has lost its parent and has none now';

CREATE FUNCTION relmap_internal.cascade_delete() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_cascade_delete' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.cascade_delete() IS
    'constraint trigger on a parent, from the child: deletes the rows that refer to a deleted row';

-- Those of required relationships.  Their arguments are the foreign key, of an
-- association table its other key or '', the condition or '', and the
-- attribute; on the source the key and the attribute.

CREATE FUNCTION relmap_internal.required_source() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_required_source' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.required_source() IS
    'deferred constraint trigger on a table, from its child: a new row must have a child';

CREATE FUNCTION relmap_internal.required_child() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_required_child' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.required_child() IS
    'deferred constraint trigger: when a row leaves its parent, that parent must have another child';

CREATE FUNCTION relmap_internal.delete_parent() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_delete_parent' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.delete_parent() IS
    'constraint trigger: deletes the row that a deleted row referred to, if no row refers to it by this '
    'foreign key';

CREATE FUNCTION relmap_internal.delete_orphan_parent() RETURNS trigger
    AS 'MODULE_PATHNAME', 'relmap_delete_orphan_parent' LANGUAGE C;
COMMENT ON FUNCTION relmap_internal.delete_orphan_parent() IS
    'deferred constraint trigger: deletes the row that a row referred to, if no row refers to it by this '
    'foreign key now';

CREATE FUNCTION relmap_internal.replacing() RETURNS boolean
    AS 'MODULE_PATHNAME', 'relmap_replacing' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION relmap_internal.replacing() IS
    'is the row that is being updated one that is replaced? For the WHEN clause of relmap''s own triggers';
