\qecho '-- 5. A user has many addresses, and one of them is the default. When another'
\qecho '--    one becomes the default, the previous one stops being it.'
\qecho
CREATE TABLE addresses (id int PRIMARY KEY, city text, is_default boolean NOT NULL, user_id int REFERENCES users);
SELECT relmap.relationship('users', 'default_address', 'addresses', uselist => false,
                           condition => 'is_default', on_replace => 'set is_default = false');
INSERT INTO addresses VALUES (1, 'Rome', true, 1), (2, 'Paris', false, 1);
UPDATE addresses SET is_default = true WHERE city = 'Paris';
SELECT u.name, (u.default_address).city FROM users u ORDER BY u.id;
TABLE addresses ORDER BY id;
