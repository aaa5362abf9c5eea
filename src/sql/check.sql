/* src/sql/check.sql */

--
-- relmap.check(): what the rules find.
--

CREATE FUNCTION relmap.check(schema text DEFAULT NULL)
    RETURNS TABLE (source regclass, name text, problem text, severity text, statement text, rule text)
    LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off SET quote_all_identifiers = off
BEGIN ATOMIC
SELECT f.source, f.name, f.problem, f.severity, f.statement, f.rule
FROM (
    SELECT f.*, 'fk_not_valid' AS rule FROM relmap_internal.rule_fk_not_valid AS f
    UNION ALL
    SELECT f.*, 'fk_not_enforced' AS rule FROM relmap_internal.rule_fk_not_enforced AS f
    UNION ALL
    SELECT f.*, 'fk_without_index' AS rule FROM relmap_internal.rule_fk_without_index AS f
    UNION ALL
    SELECT f.*, 'unique_index_only' AS rule FROM relmap_internal.rule_unique_index_only AS f
    UNION ALL
    SELECT f.*, 'redundant_index' AS rule FROM relmap_internal.rule_redundant_index AS f
    UNION ALL
    SELECT f.*, 'several_children' AS rule FROM relmap_internal.rule_several_children AS f
    UNION ALL
    SELECT f.*, 'children_missing' AS rule FROM relmap_internal.rule_children_missing AS f
    UNION ALL
    SELECT f.*, 'cascade_contradicts_key' AS rule FROM relmap_internal.rule_cascade_contradicts_key AS f
    UNION ALL
    SELECT f.*, 'key_deletes' AS rule FROM relmap_internal.rule_key_deletes AS f
    UNION ALL
    SELECT f.*, 'set_null_on_not_null' AS rule FROM relmap_internal.rule_set_null_on_not_null AS f
    UNION ALL
    SELECT f.*, 'never_null' AS rule FROM relmap_internal.rule_never_null AS f
    UNION ALL
    SELECT f.*, 'redundant_check' AS rule FROM relmap_internal.rule_redundant_check AS f
    UNION ALL
    SELECT f.*, 'declaration_missing' AS rule FROM relmap_internal.rule_declaration_missing AS f
    UNION ALL
    SELECT f.*, 'table_missing' AS rule FROM relmap_internal.rule_table_missing AS f
    UNION ALL
    SELECT f.*, 'fk_missing' AS rule FROM relmap_internal.rule_fk_missing AS f
    UNION ALL
    SELECT f.*, 'columns_renamed' AS rule FROM relmap_internal.rule_columns_renamed AS f
    UNION ALL
    SELECT f.*, 'uniqueness_missing' AS rule FROM relmap_internal.rule_uniqueness_missing AS f
    UNION ALL
    SELECT f.*, 'not_replaceable' AS rule FROM relmap_internal.rule_not_replaceable AS f
    UNION ALL
    SELECT f.*, 'check_forbids_null' AS rule FROM relmap_internal.rule_check_forbids_null AS f
    UNION ALL
    SELECT f.*, 'key_is_primary_key' AS rule FROM relmap_internal.rule_key_is_primary_key AS f
    UNION ALL
    SELECT f.*, 'slot_not_unique' AS rule FROM relmap_internal.rule_slot_not_unique AS f
    UNION ALL
    SELECT f.*, 'text_unreadable' AS rule FROM relmap_internal.rule_text_unreadable AS f
    UNION ALL
    SELECT f.*, 'trigger_missing' AS rule FROM relmap_internal.rule_trigger_missing AS f
    UNION ALL
    SELECT f.*, 'trigger_disabled' AS rule FROM relmap_internal.rule_trigger_disabled AS f
    UNION ALL
    SELECT f.*, 'trigger_not_last' AS rule FROM relmap_internal.rule_trigger_not_last AS f
    UNION ALL
    SELECT f.*, 'cascade_late' AS rule FROM relmap_internal.rule_cascade_late AS f
    UNION ALL
    SELECT f.*, 'may_not_delete' AS rule FROM relmap_internal.rule_may_not_delete AS f
    UNION ALL
    SELECT f.*, 'triggers_refused' AS rule FROM relmap_internal.rule_triggers_refused AS f
    UNION ALL
    SELECT f.*, 'library_late' AS rule FROM relmap_internal.rule_library_late AS f
    UNION ALL
    SELECT f.*, 'accessor_missing' AS rule FROM relmap_internal.rule_accessor_missing AS f
    UNION ALL
    SELECT f.*, 'accessor_stale' AS rule FROM relmap_internal.rule_accessor_stale AS f
    UNION ALL
    SELECT f.*, 'accessor_hidden' AS rule FROM relmap_internal.rule_accessor_hidden AS f
    UNION ALL
    SELECT f.*, 'other_side_missing' AS rule FROM relmap_internal.rule_other_side_missing AS f
    UNION ALL
    SELECT f.*, 'sides_disagree' AS rule FROM relmap_internal.rule_sides_disagree AS f
) AS f
WHERE relmap_internal.schema_exists(schema)
  AND (schema IS NULL AND NOT f.by_name
       OR (SELECT n.oid FROM pg_namespace n WHERE n.nspname = schema) IN (f.nsp, f.other_nsp))
ORDER BY f.source::text COLLATE "C", f.name,
         array_position(ARRAY['error', 'warning', 'notice'], f.severity),
         -- no unique index can be made while there are duplicates
         f.rule <> 'several_children', f.problem COLLATE "C";
END;
COMMENT ON FUNCTION relmap.check(text) IS
    'problems of the relationships and foreign keys of a schema, or of all schemas, each with a statement '
    'that fixes it; includes foreign keys that are not declared';
