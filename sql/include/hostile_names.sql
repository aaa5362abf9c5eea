-- a schema whose names are hard on every language: quotes, escapes, newlines,
-- comments, key words, other scripts, 63 bytes, and names that look alike
CREATE SCHEMA "s'""%s\;#x";
SET search_path = "s'""%s\;#x";
CREATE TYPE "t""y'p%e\" AS ENUM ('a', 'b''"\');
CREATE TABLE "class" ("select" int PRIMARY KEY, "def" text, "metadata" text, "PK" int, "fk-1" int, "__init__" int, "None" int,
    "1st" int, "a b" "t""y'p%e\", "a_b" "t""y'p%e\"[], "a-b" int, "direction TB" int, "größe" int, "日本" int, " " int, "id[]" int);
CREATE TABLE "p'""\%%
{}|#quot;<b>&amp;</b> -->" ("i""d
" int PRIMARY KEY, "{{x}}" int REFERENCES "class", "style" int UNIQUE REFERENCES "class");
CREATE TABLE "direction TB" ("import" int REFERENCES "class", "class" int PRIMARY KEY REFERENCES "p'""\%%
{}|#quot;<b>&amp;</b> -->");
CREATE TABLE "日本" ("größe" int REFERENCES "class", "erDiagram" int REFERENCES "direction TB", PRIMARY KEY ("größe", "erDiagram"));
CREATE TABLE "日本語" (id int PRIMARY KEY, "class" int REFERENCES "class" ON DELETE CASCADE);
CREATE TABLE "Class" (id int PRIMARY KEY, self int REFERENCES "Class", "Base" int REFERENCES "class" ON DELETE SET NULL);
CREATE TABLE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" (
    id int PRIMARY KEY, "ääääääääääääääääääääääääääää_id" int REFERENCES "Class");
CREATE TABLE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab" (
    id int PRIMARY KEY REFERENCES "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
CREATE TABLE "Base" (id int PRIMARY KEY, "'''" text DEFAULT '"""', "#" int, """" int);
CREATE TABLE "relationship" (id int PRIMARY KEY, "Column" int REFERENCES "Base", "tab	" int);
CREATE TABLE "no key" (a int REFERENCES "Base", "/*" text);
