// Prisma: the scenarios of t/clients.pl in its own idiom.
import { readFileSync } from 'node:fs';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/index.js';
import { atOnce, serve, versionOf } from './serve.js';

// as the environment says
const prisma = new PrismaClient({ adapter: new PrismaPg({ max: 8 }) });

// "prisma migrate" needs an engine that npm does not have
const tables = async () => {
    const client = new pg.Client();
    await client.connect();
    await client.query(readFileSync(new URL('prisma/migrations/0_init/migration.sql', import.meta.url), 'utf8'));
    await client.end();
};

const create = (model) => prisma[model].create({ data: { name: 'n', parentId: 1 } });

const assign = (model) => prisma.parent.update({
    where: { id: 1 },
    data: { [model]: { create: { name: 'n' } } },
    include: { [model]: true },
});

const saveTwice = async () => {
    const { child } = await assign('child');
    await prisma.child.update({ where: { id: child.id }, data: { name: 'm' } });
};

const unset = (model) => prisma.parent.update({ where: { id: 1 }, data: { [model]: { disconnect: true } } });

const move = (model) => prisma[model].update({ where: { id: 1 }, data: { parent: { connect: { id: 2 } } } });

const swap = (model) => prisma.$transaction([
    prisma[model].update({ where: { id: 1 }, data: { parentId: 2 } }),
    prisma[model].update({ where: { id: 2 }, data: { parentId: 1 } }),
]);

const twoSessions = async () => {
    const find = () => prisma.parent.findUniqueOrThrow({ where: { id: 3 }, include: { child: true } });
    const parents = [await find(), await find()];
    for (const [index, name] of ['n', 'm'].entries()) {
        if (parents[index].child === null) {
            await prisma.child.create({ data: { name, parentId: parents[index].id } });
        }
    }
};

const findOrCreate = async () => {
    for (let times = 0; times < 2; times++) {
        await prisma.child.upsert({ where: { parentId: 3 }, update: {}, create: { name: 'n', parentId: 3 } });
    }
};

await serve('Prisma', versionOf('@prisma/client'), {
    tables,
    create: () => create('child'),
    assign: () => assign('child'),
    save_twice: saveTwice,
    unset: () => unset('child'),
    move: () => move('child'),
    swap: () => swap('child'),
    create_bulk: () => prisma.child.createMany({ data: [{ name: 'n', parentId: 1 }, { name: 'm', parentId: 2 }] }),
    two_sessions: twoSessions,
    at_once: () => atOnce(() => create('child')),
    upsert_id: () => prisma.child.upsert({
        where: { id: 1 },
        update: { name: 'n', parentId: 2 },
        create: { id: 1, name: 'n', parentId: 2 },
    }),
    upsert: () => prisma.child.upsert({
        where: { parentId: 1 },
        update: { name: 'n' },
        create: { name: 'n', parentId: 1 },
    }),
    ignore: () => prisma.child.createMany({
        data: [{ name: 'n', parentId: 1 }, { name: 'm', parentId: 3 }],
        skipDuplicates: true,
    }),
    find_or_create: findOrCreate,
    // the old one is deleted by hand: it is still there
    draft_create: () => prisma.$transaction([create('draft'), prisma.draft.delete({ where: { id: 1 } })]),
    draft_assign: () => assign('draft'),
    draft_unset: () => unset('draft'),
    draft_move: () => move('draft'),
    draft_swap: () => swap('draft'),
    draft_parent: () => prisma.parent.delete({ where: { id: 1 } }),
    profile_create: () => create('profile'),
    // assign() and connect are refused by Prisma itself (P2014): they would set the old one NULL
    profile_move: () => prisma.profile.update({ where: { id: 1 }, data: { parentId: 2 } }),
});
