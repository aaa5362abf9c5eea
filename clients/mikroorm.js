// MikroORM: the scenarios of t/clients.pl in its own idiom.
import { EntitySchema, MikroORM } from '@mikro-orm/postgresql';
import { atOnce, must, serve, versionOf } from './serve.js';

const child = (name, nullable) => new EntitySchema({
    name,
    properties: {
        id: { type: 'int', primary: true },
        name: { type: 'text', nullable: true },
        parent: { kind: '1:1', entity: 'parent', inversedBy: name, owner: true, nullable },
    },
});
const Child = child('child', true);
const Draft = child('draft', true);
const Profile = child('profile', false);
const Parent = new EntitySchema({
    name: 'parent',
    properties: {
        id: { type: 'int', primary: true },
        name: { type: 'text', nullable: true },
        child: { kind: '1:1', entity: 'child', mappedBy: 'parent', nullable: true },
        // orphanRemoval would delete one of two that are swapped; the database removes orphans
        draft: { kind: '1:1', entity: 'draft', mappedBy: 'parent', nullable: true },
        profile: { kind: '1:1', entity: 'profile', mappedBy: 'parent', nullable: true, orphanRemoval: true },
    },
});

const orm = await MikroORM.init({
    entities: [Parent, Child, Draft, Profile],
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    user: process.env.PGUSER,
    dbName: process.env.PGDATABASE,
    pool: { min: 0, max: 8 },
    discovery: { warnWhenNoEntities: false },
});

const create = async (entity) => {
    const em = orm.em.fork();
    em.create(entity, { name: 'n', parent: 1 });
    await em.flush();
};

const assign = async (attribute, entity) => {
    const em = orm.em.fork();
    const parent = await em.findOneOrFail(Parent, 1, { populate: [attribute] });
    parent[attribute] = em.create(entity, { name: 'n', parent });
    await em.flush();
    return [em, parent];
};

const saveTwice = async () => {
    const [em, parent] = await assign('child', Child);
    parent.child.name = 'm';
    await em.flush();
};

const unset = async (attribute) => {
    const em = orm.em.fork();
    const parent = await em.findOneOrFail(Parent, 1, { populate: [attribute] });
    parent[attribute] = null;
    await em.flush();
};

const move = async (entity) => {
    const em = orm.em.fork();
    const one = await em.findOneOrFail(entity, 1);
    one.parent = await em.findOneOrFail(Parent, 2);
    await em.flush();
};

const swap = async (attribute) => {
    const em = orm.em.fork();
    const [one, two] = await em.find(Parent, [1, 2], { populate: [attribute], orderBy: { id: 1 } });
    [one[attribute], two[attribute]] = [two[attribute], one[attribute]];
    await em.flush();
};

const twoSessions = async () => {
    const ems = [orm.em.fork(), orm.em.fork()];
    const parents = [];
    for (const em of ems) {
        parents.push(await em.findOneOrFail(Parent, 3, { populate: ['child'] }));
    }
    must(parents.every((parent) => parent.child === null), 'there is a child');
    for (const [index, name] of ['n', 'm'].entries()) {
        parents[index].child = ems[index].create(Child, { name, parent: parents[index] });
        await ems[index].flush();
    }
};

const stale = async () => {
    const em = orm.em.fork();
    const one = await em.findOneOrFail(Child, 1);
    await orm.em.fork().transactional(async (other) => {
        await other.nativeUpdate(Child, 1, { parent: null });
        await other.insert(Child, { name: 'n', parent: 1 });
    });
    one.name = 'm';
    await em.flush();
};

const deleteParent = async () => {
    const em = orm.em.fork();
    await em.remove(await em.findOneOrFail(Parent, 1)).flush();
};

await serve('MikroORM', versionOf('@mikro-orm/core'), {
    tables: () => orm.schema.createSchema(),
    create: () => create(Child),
    assign: () => assign('child', Child),
    save_twice: saveTwice,
    unset: () => unset('child'),
    move: () => move(Child),
    swap: () => swap('child'),
    swap_bulk: () => orm.em.fork().upsertMany(Child, [{ id: 1, name: 'a', parent: 2 }, { id: 2, name: 'b', parent: 1 }],
        { onConflictFields: ['id'] }),
    create_bulk: () => orm.em.fork().insertMany(Child, [{ name: 'n', parent: 1 }, { name: 'm', parent: 2 }]),
    two_sessions: twoSessions,
    at_once: () => atOnce(() => create(Child)),
    upsert_id: () => orm.em.fork().upsert(Child, { id: 1, name: 'n', parent: 2 }, { onConflictFields: ['id'] }),
    upsert: () => orm.em.fork().upsert(Child, { name: 'n', parent: 1 }, { onConflictFields: ['parent'] }),
    ignore: () => orm.em.fork().upsertMany(Child, [{ name: 'n', parent: 1 }, { name: 'm', parent: 3 }],
        { onConflictAction: 'ignore', onConflictFields: ['parent'] }),
    stale,
    stale_changed: stale,
    draft_create: () => create(Draft),
    draft_assign: () => assign('draft', Draft),
    draft_unset: () => unset('draft'),
    draft_move: () => move(Draft),
    draft_swap: () => swap('draft'),
    draft_parent: deleteParent,
    profile_create: () => create(Profile),
    profile_assign: () => assign('profile', Profile),
    profile_move: () => move(Profile),
});
