\qecho '-- 3. Ann and Bob swap their profiles, in one statement.'
\qecho
UPDATE profiles SET user_id = 3 - user_id WHERE id IN (2, 3);
SELECT u.name, (u.profile).bio FROM users u ORDER BY u.id;
