// TypeORM: the scenarios of t/clients.pl in its own idiom.
import 'reflect-metadata';
import { DataSource, EntitySchema, In, IsNull } from 'typeorm';
import { atOnce, must, serve, versionOf } from './serve.js';

const child = (name, nullable) => new EntitySchema({
    name,
    columns: {
        id: { type: 'int', primary: true, generated: 'identity' },
        name: { type: 'text', nullable: true },
    },
    relations: {
        parent: {
            type: 'one-to-one',
            target: 'parent',
            inverseSide: name,
            joinColumn: { name: 'parent_id' },
            nullable,
        },
    },
});
const Child = child('child', true);
const Draft = child('draft', true);
const Profile = child('profile', false);
const Parent = new EntitySchema({
    name: 'parent',
    columns: {
        id: { type: 'int', primary: true, generated: 'identity' },
        name: { type: 'text', nullable: true },
    },
    relations: Object.fromEntries(['child', 'draft', 'profile'].map((name) => [name, {
        type: 'one-to-one',
        target: name,
        inverseSide: 'parent',
        cascade: true,
    }])),
});

const source = new DataSource({
    type: 'postgres',
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    username: process.env.PGUSER,
    database: process.env.PGDATABASE,
    entities: [Parent, Child, Draft, Profile],
    poolSize: 8,
});
await source.initialize();
const { manager } = source;

const create = (entity) => manager.save(entity, { name: 'n', parent: { id: 1 } });

const assign = async (attribute) => {
    const parent = await manager.findOneBy(Parent, { id: 1 });
    parent[attribute] = { name: 'n' };
    return manager.save(Parent, parent);
};

const saveTwice = async () => {
    const parent = await assign('child');
    parent.child.name = 'm';
    await manager.save(Parent, parent);
};

const unset = async (attribute) => {
    const parent = await manager.findOne(Parent, { where: { id: 1 }, relations: { [attribute]: true } });
    parent[attribute] = null;
    await manager.save(Parent, parent);
};

const move = async (entity) => {
    const one = await manager.findOneBy(entity, { id: 1 });
    one.parent = await manager.findOneBy(Parent, { id: 2 });
    await manager.save(entity, one);
};

const swap = async (entity) => {
    const [one, two] = await manager.find(entity, { order: { id: 'ASC' }, relations: { parent: true } });
    [one.parent, two.parent] = [two.parent, one.parent];
    await manager.save(entity, [one, two]);
};

const swapBulk = () => manager.upsert(Child,
    [{ id: 1, name: 'a', parent: { id: 2 } }, { id: 2, name: 'b', parent: { id: 1 } }], ['id']);

const createBulk = () => manager.insert(Child, [{ name: 'n', parent: { id: 1 } }, { name: 'm', parent: { id: 2 } }]);

const twoSessions = async () => {
    const find = () => manager.findOne(Parent, { where: { id: 3 }, relations: { child: true } });
    const parents = [await find(), await find()];
    must(parents.every((parent) => parent.child === null), 'there is a child');
    for (const [index, name] of ['n', 'm'].entries()) {
        parents[index].child = { name };
        await manager.save(Parent, parents[index]);
    }
};

// A child that was read before it was replaced, renamed since.
const stale = async () => {
    const one = await manager.findOne(Child, { where: { id: 1 }, relations: { parent: true } });
    await manager.transaction(async (inner) => {
        await inner.update(Child, 1, { parent: null });
        await inner.insert(Child, { name: 'n', parent: { id: 1 } });
    });
    one.name = 'm';
    return one;
};

await serve('TypeORM', versionOf('typeorm'), {
    tables: () => source.synchronize(),
    create: () => create(Child),
    assign: () => assign('child'),
    save_twice: saveTwice,
    unset: () => unset('child'),
    move: () => move(Child),
    swap: () => swap(Child),
    swap_bulk: swapBulk,
    create_bulk: createBulk,
    two_sessions: twoSessions,
    at_once: () => atOnce(() => create(Child)),
    upsert_id: () => manager.upsert(Child, { id: 1, name: 'n', parent: { id: 2 } }, ['id']),
    upsert: () => manager.upsert(Child, { name: 'n', parent: { id: 1 } }, ['parent']),
    ignore: () => manager.createQueryBuilder().insert().into(Child)
        .values([{ name: 'n', parent: { id: 1 } }, { name: 'm', parent: { id: 3 } }]).orIgnore().execute(),
    stale: async () => manager.save(Child, await stale()),
    stale_changed: async () => {
        const one = await stale();
        await manager.update(Child, one.id, { name: one.name });
    },
    draft_create: () => create(Draft),
    draft_assign: () => assign('draft'),
    draft_unset: () => unset('draft'),
    draft_move: () => move(Draft),
    draft_swap: () => swap(Draft),
    draft_parent: async () => manager.remove(Parent, await manager.findOneBy(Parent, { id: 1 })),
    profile_create: () => create(Profile),
    profile_assign: () => assign('profile'),
    profile_move: () => move(Profile),
});
