// Drizzle: the scenarios of t/clients.pl in its own idiom.  It writes rows and
// has no objects, so there is nothing to assign and nothing stale to save.
import { eq, inArray, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { atOnce, serve, versionOf } from './serve.js';

const parent = pgTable('parent', {
    id: serial('id').primaryKey(),
    name: text('name'),
});
const columns = (key) => ({
    id: serial('id').primaryKey(),
    name: text('name'),
    parentId: key(integer('parent_id').references(() => parent.id)),
});
const child = pgTable('child', columns((key) => key));
const draft = pgTable('draft', columns((key) => key));
const profile = pgTable('profile', columns((key) => key.notNull()));

// as the environment says
const db = drizzle({ client: new pg.Pool({ max: 8 }) });

const create = (table) => db.insert(table).values({ name: 'n', parentId: 1 });

const set = (table, id, parentId, on = db) => on.update(table).set({ parentId }).where(eq(table.id, id));

const swap = (table) => db.transaction(async (tx) => {
    await set(table, 1, 2, tx);
    await set(table, 2, 1, tx);
});

const twoSessions = async () => {
    const find = () => db.select().from(child).where(eq(child.parentId, 3));
    const children = [await find(), await find()];
    for (const [index, name] of ['n', 'm'].entries()) {
        if (children[index].length === 0) {
            await db.insert(child).values({ name, parentId: 3 });
        }
    }
};

await serve('Drizzle', versionOf('drizzle-orm'), {
    tables: () => migrate(db, { migrationsFolder: new URL('drizzle', import.meta.url).pathname }),
    create: () => create(child),
    unset: () => set(child, 1, null),
    move: () => set(child, 1, 2),
    swap: () => swap(child),
    swap_bulk: () => db.update(child).set({ parentId: sql`3 - ${child.parentId}` }).where(inArray(child.id, [1, 2])),
    create_bulk: () => db.insert(child).values([{ name: 'n', parentId: 1 }, { name: 'm', parentId: 2 }]),
    two_sessions: twoSessions,
    at_once: () => atOnce(() => create(child)),
    upsert_id: () => db.insert(child).values({ id: 1, name: 'n', parentId: 2 })
        .onConflictDoUpdate({ target: child.id, set: { name: sql`excluded.name`, parentId: sql`excluded.parent_id` } }),
    upsert: () => db.insert(child).values({ name: 'n', parentId: 1 })
        .onConflictDoUpdate({ target: child.parentId, set: { name: sql`excluded.name` } }),
    ignore: () => db.insert(child).values([{ name: 'n', parentId: 1 }, { name: 'm', parentId: 3 }])
        .onConflictDoNothing(),
    draft_create: () => create(draft),
    draft_unset: () => set(draft, 1, null),
    draft_move: () => set(draft, 1, 2),
    draft_swap: () => swap(draft),
    draft_parent: () => db.delete(parent).where(eq(parent.id, 1)),
    profile_create: () => create(profile),
    profile_move: () => set(profile, 1, 2),
});
