\qecho '-- 1. Users and profiles. One call declares: a user has one profile.'
\qecho
CREATE EXTENSION relmap;
CREATE TABLE users    (id int PRIMARY KEY, name text);
CREATE TABLE profiles (id int PRIMARY KEY, bio text, user_id int REFERENCES users);
SELECT relmap.relationship('users', 'profile', 'profiles', uselist => false, backref => 'owner');
INSERT INTO users    VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO profiles VALUES (1, 'likes tea', 1), (2, 'plays chess', 2);
SELECT u.name, (u.profile).bio FROM users u ORDER BY u.id;
