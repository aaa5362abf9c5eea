-- the view that shows what is declared
SET client_min_messages = warning;
CREATE SCHEMA shown;
SET search_path = shown, public;

CREATE TABLE parent (id int, tenant int, PRIMARY KEY (tenant, id));
CREATE TABLE child (id int PRIMARY KEY, parent_id int, tenant_id int NOT NULL,
    CONSTRAINT child_parent FOREIGN KEY (tenant_id, parent_id) REFERENCES parent (tenant, id));
CREATE TABLE "Pet" (id int PRIMARY KEY, child_id int REFERENCES child, born date);
SELECT relmap.relationship('child', 'parent', 'parent', backref => relmap.backref('child', uselist => false,
    cascade => 'all, delete-orphan', doc => 'the one', info => '{"ui": {"label": "Child"}}'));
SELECT relmap.relationship('child', 'pets', '"Pet"', order_by => 'born desc', back_populates => 'holder', accessor => false);
SELECT relmap.relationship('child', 'pet', '"Pet"', uselist => false, enforce => false);
\d relmap.relationships
\x on
SELECT r.* FROM relmap.relationships r JOIN pg_class c ON c.oid = r.source
WHERE c.relnamespace = 'shown'::regnamespace ORDER BY r.source::text, r.name;
\x off

-- the unique index, and the constraint that becomes of it
CREATE TABLE slot (id int PRIMARY KEY, pet_id int REFERENCES "Pet", kind int);
CREATE UNIQUE INDEX slot_partial ON slot (pet_id) WHERE kind = 1;
CREATE UNIQUE INDEX slot_wide ON slot (pet_id, kind);
CREATE UNIQUE INDEX slot_expression ON slot ((pet_id + 0));
CREATE UNIQUE INDEX slot_include ON slot (pet_id) INCLUDE (kind);
SELECT relmap.relationship('"Pet"', 'slot', 'slot', uselist => false);
SELECT foreign_key, unique_index, accessor FROM relmap.relationships WHERE source = '"Pet"'::regclass;
ALTER TABLE slot ADD UNIQUE (pet_id);
SELECT foreign_key, unique_index, accessor FROM relmap.relationships WHERE source = '"Pet"'::regclass;

-- as anybody sees it
CREATE ROLE regress_relmap_shown;
SET ROLE regress_relmap_shown;
SELECT r.name, r.source FROM relmap.relationships r JOIN pg_class c ON c.oid = r.source WHERE c.relname = 'Pet';
RESET ROLE;
DROP ROLE regress_relmap_shown;

SELECT relmap.drop_relationship('"Pet"', 'slot');
SELECT count(*) FROM relmap.relationships WHERE source = '"Pet"'::regclass;

-- everything of the extension has a comment
SELECT pg_describe_object(classid, objid, 0)
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'relmap')
  AND classid <> 'pg_type'::regclass AND classid <> 'pg_rewrite'::regclass
  AND obj_description(objid, classid::regclass::name) IS NULL
ORDER BY 1;

DROP SCHEMA shown CASCADE;
