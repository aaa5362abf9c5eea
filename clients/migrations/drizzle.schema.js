// For drizzle.js: the key is another one at the second step.
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core';

const onDelete = process.env.STEP === 'make' ? 'no action' : 'set null';

export const parent = pgTable('parent', {
    id: serial('id').primaryKey(),
    name: text('name'),
});
export const child = pgTable('child', {
    id: serial('id').primaryKey(),
    parentId: integer('parent_id').unique().references(() => parent.id, { onDelete }),
});
