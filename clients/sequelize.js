// Sequelize: the scenarios of t/clients.pl in its own idiom.
import { DataTypes, Sequelize } from 'sequelize';
import { atOnce, must, serve, versionOf } from './serve.js';

const sequelize = new Sequelize(process.env.PGDATABASE, process.env.PGUSER, null, {
    dialect: 'postgres',
    host: process.env.PGHOST,
    port: Number(process.env.PGPORT),
    logging: false,
    pool: { max: 8 },
    define: { freezeTableName: true, underscored: true, timestamps: false },
});

const define = (name) => sequelize.define(name, { name: DataTypes.TEXT });
const Parent = define('parent');
const Child = define('child');
const Draft = define('draft');
const Profile = define('profile');
Parent.hasOne(Child);
Child.belongsTo(Parent);
Parent.hasOne(Draft);
Draft.belongsTo(Parent);
Parent.hasOne(Profile, { foreignKey: { allowNull: false } });
Profile.belongsTo(Parent);

const transaction = (work) => sequelize.transaction(work);

// parent.createChild()
const create = async (creator) => {
    const parent = await Parent.findByPk(1);
    await parent[creator]({ name: 'n' });
};

// parent.setChild(new); the child that it makes.
const assign = async (setter, model) => transaction(async (transaction) => {
    const parent = await Parent.findByPk(1, { transaction });
    const made = model.build({ name: 'n' });
    await parent[setter](made, { transaction });
    return made;
});

const saveTwice = async () => {
    const made = await assign('setChild', Child);
    made.name = 'm';
    await made.save();
};

const unset = async (setter) => {
    const parent = await Parent.findByPk(1);
    await parent[setter](null);
};

const move = async (model) => {
    const one = await model.findByPk(1);
    await one.setParent(await Parent.findByPk(2));
};

const swap = (model) => transaction(async (transaction) => {
    const [one, two] = await model.findAll({ order: ['id'], transaction });
    const [mine, other] = [one.parentId, two.parentId];
    await one.update({ parentId: other }, { transaction });
    await two.update({ parentId: mine }, { transaction });
});

const twoSessions = async () => {
    const parents = [await Parent.findByPk(3), await Parent.findByPk(3)];
    for (const parent of parents) {
        must(await parent.getChild() === null, 'there is a child');
    }
    for (const [index, name] of ['n', 'm'].entries()) {
        await parents[index].createChild({ name });
    }
};

const stale = async () => {
    const one = await Child.findByPk(1);
    await transaction(async (transaction) => {
        await Child.update({ parentId: null }, { where: { id: 1 }, transaction });
        await Child.create({ name: 'n', parentId: 1 }, { transaction });
    });
    one.name = 'm';
    await one.save();
};

const findOrCreate = async () => {
    for (let times = 0; times < 2; times++) {
        await Child.findOrCreate({ where: { parentId: 3 }, defaults: { name: 'n' } });
    }
};

await serve('Sequelize', versionOf('sequelize'), {
    tables: () => sequelize.sync(),
    create: () => create('createChild'),
    assign: () => assign('setChild', Child),
    save_twice: saveTwice,
    unset: () => unset('setChild'),
    move: () => move(Child),
    swap: () => swap(Child),
    swap_bulk: () => Child.bulkCreate([{ id: 1, name: 'a', parentId: 2 }, { id: 2, name: 'b', parentId: 1 }],
        // by default it returns parent_id, which no swap in one statement can
        { updateOnDuplicate: ['name', 'parentId'], returning: ['id'] }),
    create_bulk: () => Child.bulkCreate([{ name: 'n', parentId: 1 }, { name: 'm', parentId: 2 }]),
    two_sessions: twoSessions,
    at_once: () => atOnce(() => create('createChild')),
    upsert_id: () => Child.upsert({ id: 1, name: 'n', parentId: 2 }),
    upsert: () => Child.upsert({ name: 'n', parentId: 1 }, { conflictFields: ['parent_id'] }),
    ignore: () => Child.bulkCreate([{ name: 'n', parentId: 1 }, { name: 'm', parentId: 3 }], { ignoreDuplicates: true }),
    find_or_create: findOrCreate,
    stale,
    stale_changed: stale,
    draft_create: () => create('createDraft'),
    draft_assign: () => assign('setDraft', Draft),
    draft_unset: () => unset('setDraft'),
    draft_move: () => move(Draft),
    draft_swap: () => swap(Draft),
    draft_parent: async () => (await Parent.findByPk(1)).destroy(),
    profile_create: () => create('createProfile'),
    // setProfile() sets the old one NULL, which the model's own check refuses
    profile_move: () => move(Profile),
});
