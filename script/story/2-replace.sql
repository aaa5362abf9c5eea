\qecho '-- 2. Ann gets another profile. With plain UNIQUE this is an error; here the'
\qecho '--    new one replaces the old one, which stays without a user.'
\qecho
INSERT INTO profiles VALUES (3, 'likes coffee', 1);
SELECT p.id, p.bio, (p.owner).name FROM profiles p ORDER BY p.id;
