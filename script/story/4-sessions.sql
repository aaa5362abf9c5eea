INSERT INTO profiles (id, bio, user_id) VALUES ((random() * 2000000000)::int, 'mine', 1) ON CONFLICT (id) DO NOTHING;
