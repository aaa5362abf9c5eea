-- Clear away what attack.sql and a test have made.
RESET ROLE;
RESET search_path;
SET client_min_messages = error;
DROP SCHEMA m, v, attack CASCADE;
DELETE FROM :declarations WHERE source NOT IN (SELECT oid FROM pg_class);
DROP ROLE regress_relmap_mallory, regress_relmap_victor;
