/* src/sql/models.sql */

--
-- relmap.models(): a module of models.
--

CREATE FUNCTION relmap_internal.model_columns(model relmap_internal.mapped_table, names jsonb, default_schema name)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((
            SELECT string_agg(
                CASE WHEN model.key IS NULL THEN '    ' ELSE '    ' || (names ->> (model.relation || ' '
                    || a.attname)) || ' = ' END
                || 'sa.Column('
                || CASE WHEN model.key IS NULL OR names ->> (model.relation || ' ' || a.attname) <> a.attname
                        THEN relmap_internal.python_string(a.attname) || ', ' ELSE '' END
                || relmap_internal.python_type(a.atttypid, a.atttypmod, default_schema)
                || CASE WHEN model.is_primary AND a.attnum = ANY (model.key) THEN ', primary_key=True'
                        WHEN a.attnotnull THEN ', nullable=False' ELSE '' END
                || CASE WHEN a.atthasdef OR a.attidentity <> '' THEN ', server_default=sa.FetchedValue()' ELSE '' END
                || CASE WHEN a.attgenerated <> '' THEN ', server_onupdate=sa.FetchedValue()' ELSE '' END
                || CASE WHEN model.key IS NULL THEN E'),\n' ELSE E')\n' END, '' ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = model.relation AND a.attnum > 0 AND NOT a.attisdropped), '');
END
$$;
COMMENT ON FUNCTION relmap_internal.model_columns(relmap_internal.mapped_table, jsonb, name) IS
    'the columns of a model';

CREATE FUNCTION relmap_internal.model_constraints(model relmap_internal.mapped_table, names jsonb, default_schema name,
                                                  OUT inside text, OUT outside text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    item record;
    word text;
BEGIN
    -- a name with a dot cannot stand in a string
    inside := '';
    outside := '';
    FOR item IN
            SELECT c.*, c.contype = 'f' AND concat(n.nspname, p.relname,
                array_to_string(relmap_internal.column_names(c.confrelid, c.confkey), '')) ~ E'\\.' AS dotted,
                   relmap_internal.column_names(c.conrelid, c.conkey) AS columns,
                       relmap_internal.column_names(c.confrelid, c.confkey) AS referenced,
                   n.nspname, p.relname
            FROM pg_constraint c
            LEFT JOIN pg_class p ON p.oid = c.confrelid
            LEFT JOIN pg_namespace n ON n.oid = p.relnamespace
            WHERE c.conrelid = model.relation AND c.conparentid = 0
              AND (c.contype = 'u' OR c.contype = 'f' AND names ? c.confrelid::text)
            ORDER BY c.contype, c.conname COLLATE "C"
    LOOP
        word := CASE WHEN item.contype = 'u'
            THEN pg_catalog.format('sa.UniqueConstraint(%s, name=%s',
                btrim(relmap_internal.python_strings(item.columns), '[]'),
                                   relmap_internal.python_string(item.conname))
            ELSE pg_catalog.format('sa.ForeignKeyConstraint(%s, [%s], name=%s',
                relmap_internal.python_strings(item.columns),
                (SELECT string_agg(CASE WHEN item.dotted
                            THEN pg_catalog.format(CASE WHEN names ? (item.confrelid || '.') THEN '%s.__table__.c[%s]'
                                ELSE '%s.c[%s]' END,
                                                   names ->> item.confrelid::text,
                                                       relmap_internal.python_string(u.name))
                            ELSE relmap_internal.python_string(concat_ws('.', nullif(item.nspname, default_schema),
                                item.relname, u.name)) END, ', ' ORDER BY u.n)
                 FROM unnest(item.referenced) WITH ORDINALITY AS u (name, n)),
                relmap_internal.python_string(item.conname))
                || CASE item.confdeltype WHEN 'c' THEN ', ondelete="CASCADE"' WHEN 'n' THEN ', ondelete="SET NULL"'
                       WHEN 'd' THEN ', ondelete="SET DEFAULT"' WHEN 'r' THEN ', ondelete="RESTRICT"' ELSE '' END
                || CASE item.confupdtype WHEN 'c' THEN ', onupdate="CASCADE"' WHEN 'n' THEN ', onupdate="SET NULL"'
                       WHEN 'd' THEN ', onupdate="SET DEFAULT"' WHEN 'r' THEN ', onupdate="RESTRICT"' ELSE '' END END
            || CASE WHEN item.condeferrable THEN ', deferrable=True' ELSE '' END
            || CASE WHEN item.condeferred THEN ', initially="DEFERRED"' ELSE '' END || ')';
        IF item.dotted THEN
            outside := outside || E'\n' || (names ->> model.relation::text)
                || CASE WHEN model.key IS NULL THEN '' ELSE '.__table__' END || '.append_constraint(' || word || ')';
        ELSE
            inside := inside || '        ' || word || E',\n';
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION relmap_internal.model_constraints(relmap_internal.mapped_table, jsonb, name) IS
    'the constraints of a model: those within it, and those that follow all models';

CREATE FUNCTION relmap_internal.model_condition(item relmap_internal.mapped_side, names jsonb)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF item.condition_values IS NULL THEN
        RETURN pg_catalog.format('sa.text(%s)', replace(relmap_internal.python_string(item.condition), ':', E'\\\\:'));
    END IF;
    RETURN (
        SELECT string_agg(pg_catalog.format(
                   CASE item.condition_values[n + 1] WHEN 'true' THEN 'sa.orm.remote(%1$s.%2$s)'
                       WHEN 'false' THEN 'sa.not_(sa.orm.remote(%1$s.%2$s))'
                       WHEN 'NULL' THEN 'sa.orm.remote(%1$s.%2$s).is_(None)'
                       ELSE 'sa.orm.remote(%1$s.%2$s) == sa.literal_column(%3$s)' END,
                   names ->> item.target::text, names ->> (item.target || ' ' || item.condition_values[n]),
                   relmap_internal.python_string(item.condition_values[n + 1])), ', ' ORDER BY n)
        FROM generate_series(1, cardinality(item.condition_values), 2) AS n);
END
$$;
COMMENT ON FUNCTION relmap_internal.model_condition(relmap_internal.mapped_side, jsonb) IS
    'the condition of a relationship, as SQLAlchemy writes it';

CREATE FUNCTION relmap_internal.model_join(item relmap_internal.mapped_side, names jsonb)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    options text;
BEGIN
    -- only some of the children: it reads, as SQLAlchemy would not set what the condition is about
    IF item.condition IS NOT NULL THEN
        RETURN pg_catalog.format(', primaryjoin=lambda: sa.and_(%s, %s), viewonly=True',
            (SELECT string_agg(pg_catalog.format('%s.%s == sa.orm.foreign(sa.orm.remote(%s.%s))',
                        names ->> item.parent::text, names ->> (item.parent || ' ' || u.p),
                        names ->> item.child::text, names ->> (item.child || ' ' || u.c)), ', ' ORDER BY u.n)
             FROM unnest(item.parent_columns, item.child_columns) WITH ORDINALITY AS u (p, c, n)),
            relmap_internal.model_condition(item, names));
    END IF;
    options := CASE WHEN item.direction = 'MANYTOMANY' THEN pg_catalog.format(', secondary=lambda: %s%s',
                        names ->> item.child::text, CASE WHEN item.child_is_class THEN '.__table__' ELSE '' END)
                    ELSE '' END;
    IF item.choose AND item.direction = 'MANYTOMANY' THEN
        options := options || pg_catalog.format(', primaryjoin=lambda: sa.and_(%s), secondaryjoin=lambda: sa.and_(%s)',
            (SELECT string_agg(pg_catalog.format(CASE WHEN item.child_is_class THEN '%s.%s == %s.__table__.c[%s]'
                ELSE '%s.%s == %s.c[%s]' END,
                        names ->> item.relation::text, names ->> (item.relation || ' ' || u.p),
                            names ->> item.child::text,
                        relmap_internal.python_string(u.c)), ', ' ORDER BY u.n)
             FROM unnest(item.parent_columns, item.child_columns) WITH ORDINALITY AS u (p, c, n)),
            (SELECT string_agg(pg_catalog.format(CASE WHEN item.child_is_class THEN '%s.%s == %s.__table__.c[%s]'
                ELSE '%s.%s == %s.c[%s]' END,
                        names ->> item.target::text, names ->> (item.target || ' ' || u.p), names ->> item.child::text,
                        relmap_internal.python_string(u.c)), ', ' ORDER BY u.n)
             FROM unnest(item.far_columns, item.far_child_columns) WITH ORDINALITY AS u (p, c, n)));
    ELSIF item.choose THEN
        options := options || pg_catalog.format(CASE WHEN cardinality(item.child_columns) = 1
            THEN ', primaryjoin=lambda: %s, foreign_keys=lambda: [%s]'
                 ELSE ', primaryjoin=lambda: sa.and_(%s), foreign_keys=lambda: [%s]' END,
            (SELECT string_agg(pg_catalog.format('%s.%s == %s.%s',
                        names ->> item.parent::text, names ->> (item.parent || ' ' || u.p),
                        names ->> item.child::text, names ->> (item.child || ' ' || u.c)), ', ' ORDER BY u.n)
             FROM unnest(item.parent_columns, item.child_columns) WITH ORDINALITY AS u (p, c, n)),
            (SELECT string_agg((names ->> item.child::text) || '.' || (names ->> (item.child || ' ' || u.c)), ', '
                ORDER BY u.n)
             FROM unnest(item.child_columns) WITH ORDINALITY AS u (c, n)));
        IF item.child = item.parent THEN
            options := options || pg_catalog.format(', remote_side=lambda: [%s]',
                (SELECT string_agg((names ->> item.child::text) || '.' || (names ->> (item.child || ' ' || u.c)), ', '
                    ORDER BY u.n)
                 FROM unnest(CASE item.direction WHEN 'MANYTOONE' THEN item.parent_columns ELSE item.child_columns END)
                      WITH ORDINALITY AS u (c, n)));
        END IF;
    END IF;
    RETURN options;
END
$$;
COMMENT ON FUNCTION relmap_internal.model_join(relmap_internal.mapped_side, jsonb) IS
    'which columns a relationship of a model joins, if that is not obvious';

CREATE FUNCTION relmap_internal.model_options(item relmap_internal.mapped_side, names jsonb)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(', back_populates=' || relmap_internal.python_string(names ->> (item.target || '.'
        || item.partner)), '')
        || CASE WHEN item.uselist OR item.direction = 'MANYTOONE' THEN '' ELSE ', uselist=False' END
        || CASE WHEN item.keyed_by IS NULL OR cardinality(item.keyed_by) > 1 THEN ''
                ELSE pg_catalog.format(', collection_class=attribute_keyed_dict(%s)',
                                       relmap_internal.python_string(
                                           names ->> (item.target || ' ' || item.keyed_by[1]))) END
        || CASE WHEN item.single_parent THEN ', single_parent=True' ELSE '' END
        || CASE WHEN item.cascade = 'save-update, merge' OR item.condition IS NOT NULL THEN ''
            ELSE ', cascade=' || relmap_internal.python_string(item.cascade) END
        -- what the database deletes or sets by itself
        || CASE WHEN item.direction <> 'ONETOMANY' OR item.condition IS NOT NULL THEN ''
                WHEN item.cascade ~ E'\\mdelete\\M' OR item.on_delete IN ('n', 'd') THEN ', passive_deletes=True'
                WHEN item.on_delete = 'c' THEN ', passive_deletes="all"' ELSE '' END
        || coalesce(', order_by=lambda: [' || (
               SELECT string_agg((names ->> item.target::text) || '.'
                          || (names ->> (item.target || ' ' || CASE WHEN o[1] ~ '^"'
                              THEN replace(substr(o[1], 2, length(o[1]) - 2), '""', '"') ELSE o[1] END))
                          || CASE WHEN o[2] <> '' THEN '.desc()' ELSE '' END
                          || CASE o[3] WHEN ' NULLS FIRST' THEN '.nulls_first()' WHEN ' NULLS LAST'
                              THEN '.nulls_last()' ELSE '' END, ', ' ORDER BY n)
               FROM regexp_matches(item.order_by,
                   '((?:"(?:[^"]|"")*")|[^", ]+)((?: DESC)?)((?: NULLS (?:FIRST|LAST))?)(?:, |$)', 'g')
                    WITH ORDINALITY AS m (o, n)) || ']', '')
        || coalesce(', overlaps=' || relmap_internal.python_string((
               SELECT string_agg(DISTINCT (names ->> o) COLLATE "C", ',') FROM unnest(item.shared_by) AS o)), '')
        || coalesce(', doc=' || relmap_internal.python_string(item.doc), '')
        || CASE WHEN item.info IS NULL AND item.options IS NULL THEN ''
                WHEN item.info IS NULL THEN pg_catalog.format(', info={"relmap_options": {%s}}', (
                    SELECT string_agg(relmap_internal.python_string(o.key) || ': '
                               || CASE o.value::text WHEN 'true' THEN 'True' WHEN 'false' THEN 'False'
                                   ELSE o.value::text END,
                               ', ' ORDER BY o.key COLLATE "C")
                    FROM jsonb_each(item.options) AS o))
                ELSE pg_catalog.format(', info=json.loads(%s)', relmap_internal.python_string((
                    CASE WHEN jsonb_typeof(item.info) = 'object' THEN item.info
                         ELSE jsonb_build_object('relmap', item.info) END
                    || CASE WHEN item.options IS NULL THEN '{}'::jsonb
                            ELSE jsonb_build_object('relmap_options', item.options) END)::text)) END;
END
$$;
COMMENT ON FUNCTION relmap_internal.model_options(relmap_internal.mapped_side, jsonb) IS
    'the other options of a relationship of a model';

CREATE FUNCTION relmap_internal.model_relationships(sides relmap_internal.mapped_side[], names jsonb)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    item relmap_internal.mapped_side;
    body text := '';
BEGIN
    FOREACH item IN ARRAY coalesce(sides, '{}') LOOP
        IF item.target_is_class THEN
            body := body || format(E'    %s = relationship("%s"%s%s)\n', names ->> (item.relation || '.' || item.name),
                                   names ->> item.target::text, relmap_internal.model_join(item, names),
                                   relmap_internal.model_options(item, names));
        ELSE
            body := body || format(E'    # %s leads to a table without a key\n', names ->> (item.relation || '.'
                || item.name));
        END IF;
    END LOOP;
    RETURN body;
END
$$;
COMMENT ON FUNCTION relmap_internal.model_relationships(relmap_internal.mapped_side[], jsonb) IS
    'the relationships of a model';

CREATE FUNCTION relmap_internal.model(model relmap_internal.mapped_table, sides relmap_internal.mapped_side[],
    names jsonb, default_schema name, is_owned boolean,
    OUT body text, OUT tail text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    word          text := names ->> model.relation::text;
    options       text;
    relationships text;
    mapper_args   text;
BEGIN
    SELECT c.inside, c.outside INTO options, tail
    FROM relmap_internal.model_constraints(model, names, default_schema) c;
    IF model.key IS NULL THEN
        -- without a key it can be no class
        body := E'\n\n' || word || E' = sa.Table(\n    ' || relmap_internal.python_string(model.relname)
            || E',\n    Base.metadata,\n' || relmap_internal.model_columns(model, names, default_schema)
            || regexp_replace(options, '^    ', '', 'gn')
            || CASE WHEN model.nspname = default_schema THEN ''
                    ELSE '    schema=' || relmap_internal.python_string(model.nspname) || E',\n' END || E')\n';
        RETURN;
    END IF;

    IF model.nspname IS DISTINCT FROM default_schema THEN
        options := options || '        {"schema": ' || relmap_internal.python_string(model.nspname) || E'},\n';
    END IF;
    body := E'\n\nclass ' || word || E'(Base):\n    __tablename__ = ' || relmap_internal.python_string(model.relname)
        || CASE WHEN options <> '' THEN E'\n    __table_args__ = (\n' || options || '    )' ELSE '' END
        || E'\n\n' || relmap_internal.model_columns(model, names, default_schema);
    mapper_args := concat_ws(', ',
        CASE WHEN NOT model.is_primary THEN '"primary_key": ['
            || (SELECT string_agg(names ->> (model.relation || ' ' || c), ', ')
                FROM unnest(relmap_internal.column_names(model.relation, model.key)) AS c) || ']' END,
        -- the database may have deleted it, with its owner
        CASE WHEN is_owned THEN '"confirm_deleted_rows": False' END);
    IF mapper_args <> '' THEN
        body := body || '    __mapper_args__ = {' || mapper_args || E'}\n';
    END IF;
    relationships := relmap_internal.model_relationships(sides, names);
    IF relationships <> '' THEN
        body := body || E'\n' || relationships;
    END IF;
END
$$;
COMMENT ON FUNCTION relmap_internal.model(relmap_internal.mapped_table, relmap_internal.mapped_side[], jsonb, name,
    boolean) IS
    'a model, and what follows all models';

-- A custom plan would have a copy of all names in it, for each model.
CREATE FUNCTION relmap_internal.models(format text, schema name, default_schema name)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    tables relmap_internal.mapped_table[];
    sides  relmap_internal.mapped_side[];
    names  jsonb;
    body   text;
    tail   text;
BEGIN
    IF format IS DISTINCT FROM 'sqlalchemy' THEN
        PERFORM relmap_internal.refuse(coalesce('unrecognized models format "' || format || '"', 'format must not be null'),
                                       'The valid value is sqlalchemy.' || relmap_internal.schema_hint(format));
    END IF;

    tables := ARRAY(SELECT t FROM relmap_internal.mapped_tables(schema) t);
    sides := ARRAY(SELECT s FROM relmap_internal.mapped_sides(schema) s);
    names := relmap_internal.mapped_names(tables, sides, default_schema);

    SELECT string_agg(m.body, '' ORDER BY t.n), string_agg(m.tail, '' ORDER BY t.n) INTO body, tail
    FROM unnest(tables) WITH ORDINALITY AS t (relation, nspname, relname, key, is_primary, n)
    LEFT JOIN (
        SELECT s.relation, array_agg(s ORDER BY s.name COLLATE "C") AS own
        FROM unnest(sides) s
        GROUP BY s.relation) AS s ON s.relation = t.relation
    CROSS JOIN LATERAL relmap_internal.model((t.relation, t.nspname, t.relname, t.key,
        t.is_primary)::relmap_internal.mapped_table,
                                             s.own, names, default_schema,
        EXISTS (SELECT FROM unnest(sides) o
                WHERE o.target = t.relation AND o.single_parent AND o.cascade ~ E'\\mdelete\\M')) AS m;
    RETURN '# Written by relmap.models().'
        || CASE WHEN EXISTS (SELECT FROM unnest(sides) s WHERE s.info IS NOT NULL) THEN E'\nimport json\n' ELSE '' END
        || E'\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n'
           'from sqlalchemy.orm import declarative_base, relationship\n'
        -- 1.4 has it by another name
        || CASE WHEN EXISTS (SELECT FROM unnest(sides) s WHERE cardinality(s.keyed_by) = 1)
                THEN E'\ntry:\n    from sqlalchemy.orm import attribute_keyed_dict\nexcept ImportError:\n'
                     '    from sqlalchemy.orm.collections import attribute_mapped_collection as attribute_keyed_dict\n'
                ELSE '' END
        || E'\nBase = declarative_base()\n'
        || coalesce(body, '') || coalesce(E'\n' || nullif(tail, '') || E'\n', '');
END
$$;
COMMENT ON FUNCTION relmap_internal.models(text, name, name) IS
    'does the work of relmap.models(); the default schema is that of the caller';

CREATE FUNCTION relmap.models(format text DEFAULT 'sqlalchemy', schema name DEFAULT NULL)
    RETURNS text LANGUAGE sql STABLE
RETURN relmap_internal.models(format, schema, coalesce(current_schema(), ''));
COMMENT ON FUNCTION relmap.models(text, name) IS
    'a module of models for the tables of a schema, or of all schemas, with the declared relationships: '
    '''sqlalchemy'', for SQLAlchemy 1.4 and later';
