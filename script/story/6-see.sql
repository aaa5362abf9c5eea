\qecho '-- 6. What is declared, and what it stands on: a constraint and a trigger.'
\qecho
SELECT source, name, target, direction, uselist, on_replace FROM relmap.relationships ORDER BY source::text, name;
\d profiles
