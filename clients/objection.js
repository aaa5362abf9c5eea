// Objection on knex: the scenarios of t/clients.pl in its own idiom.
import knexFactory from 'knex';
import { Model } from 'objection';
import { atOnce, must, serve, versionOf } from './serve.js';

// as the environment says
const knex = knexFactory({ client: 'pg', connection: {}, pool: { min: 0, max: 8 } });
Model.knex(knex);

const belongsToParent = (tableName) => class extends Model {
    static tableName = tableName;

    static relationMappings = () => ({
        parent: {
            relation: Model.BelongsToOneRelation,
            modelClass: Parent,
            join: { from: `${tableName}.parent_id`, to: 'parent.id' },
        },
    });
};
const Child = belongsToParent('child');
const Draft = belongsToParent('draft');
const Profile = belongsToParent('profile');

class Parent extends Model {
    static tableName = 'parent';

    static relationMappings = () => Object.fromEntries([Child, Draft, Profile].map((modelClass) => [
        modelClass.tableName, {
            relation: Model.HasOneRelation,
            modelClass,
            join: { from: 'parent.id', to: `${modelClass.tableName}.parent_id` },
        },
    ]));
}

const tables = async () => {
    await knex.schema.createTable('parent', (table) => {
        table.increments();
        table.text('name');
    });
    for (const name of ['child', 'draft', 'profile']) {
        await knex.schema.createTable(name, (table) => {
            table.increments();
            table.text('name');
            const key = table.integer('parent_id').references('parent.id');
            if (name === 'profile') {
                key.notNullable();
            }
        });
    }
};

const create = (relation, parent = 1, name = 'n') => Parent.relatedQuery(relation).for(parent).insert({ name });

// What is no longer in the graph is released; without unrelate it is deleted.
const saveGraph = (graph, options) => Parent.transaction((transaction) =>
    Parent.query(transaction).upsertGraph(graph, { relate: true, ...options }));
const release = { unrelate: true };

const saveTwice = async () => {
    const parent = await saveGraph({ id: 1, child: { name: 'n' } }, release);
    await parent.child.$query().patch({ name: 'm' });
};

const move = (relation) => Parent.relatedQuery(relation).for(2).relate(1);

const swap = (relation) => saveGraph([{ id: 1, [relation]: { id: 2 } }, { id: 2, [relation]: { id: 1 } }], release);

const twoSessions = async () => {
    const find = () => Parent.query().findById(3).withGraphFetched('child');
    const parents = [await find(), await find()];
    must(parents.every((parent) => parent.child === null), 'there is a child');
    for (const [index, name] of ['n', 'm'].entries()) {
        await create('child', parents[index].id, name);
    }
};

// A child that was read before it was replaced.
const stale = async () => {
    const one = await Child.query().findById(1);
    await Child.transaction(async (transaction) => {
        await Child.query(transaction).findById(1).patch({ parent_id: null });
        await Child.query(transaction).insert({ name: 'n', parent_id: 1 });
    });
    return one;
};

await serve('Objection', versionOf('objection'), {
    tables,
    create: () => create('child'),
    assign: () => saveGraph({ id: 1, child: { name: 'n' } }, release),
    save_twice: saveTwice,
    unset: () => saveGraph({ id: 1, child: null }, release),
    move: () => move('child'),
    swap: () => swap('child'),
    swap_bulk: () => Child.query().insert([{ id: 1, name: 'a', parent_id: 2 }, { id: 2, name: 'b', parent_id: 1 }])
        .onConflict('id').merge(),
    create_bulk: () => Child.query().insert([{ name: 'n', parent_id: 1 }, { name: 'm', parent_id: 2 }]),
    two_sessions: twoSessions,
    at_once: () => atOnce(() => create('child')),
    upsert_id: () => Child.query().insert({ id: 1, name: 'n', parent_id: 2 }).onConflict('id').merge(),
    upsert: () => Child.query().insert({ name: 'n', parent_id: 1 }).onConflict('parent_id').merge(),
    ignore: () => Child.query().insert([{ name: 'n', parent_id: 1 }, { name: 'm', parent_id: 3 }])
        .onConflict('parent_id').ignore(),
    stale: async () => {
        const one = await stale();
        await one.$query().update({ ...one, name: 'm' });
    },
    stale_changed: async () => {
        const one = await stale();
        await one.$query().patch({ name: 'm' });
    },
    draft_create: () => create('draft'),
    draft_assign: () => saveGraph({ id: 1, draft: { name: 'n' } }),
    draft_unset: () => saveGraph({ id: 1, draft: null }),
    draft_move: () => move('draft'),
    draft_swap: () => swap('draft'),
    draft_parent: () => Parent.query().deleteById(1),
    profile_create: () => create('profile'),
    profile_assign: () => saveGraph({ id: 1, profile: { name: 'n' } }),
    profile_move: () => move('profile'),
});
