// PostGraphile on relationships that relmap keeps: which fields it makes of
// them, what a query returns, and that its own mutations replace.
//
//     node --test-reporter=tap test.js     against the server of PGHOST and co.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { buildSchema, getNamedType, isObjectType } from 'postgraphile/graphql';

// More checks, and no word about the mode.
process.env.GRAPHILE_ENV = 'development';
const versions = [await import('./version4.js'), await import('./version5.js')];

// Run SQL by psql.
function psql(input) {
    execFileSync('psql', ['-X', '-q', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1'],
        { input, env: { ...process.env, PGOPTIONS: '-c client_min_messages=warning -c search_path=app' } });
}

// The schema, and what doc/api-layers.md tells users of PostGraphile to do: no
// accessors but those of many-to-many, and fields named as the attributes are.
const declare = readFileSync(new URL('schema.sql', import.meta.url));
const [noAccessors, names] = readFileSync(new URL('../../doc/api-layers.md', import.meta.url), 'utf8')
    .match(/^# API layers\n[^]*?^```sql\n([^]*?)^```\n[^]*?^For PostGraphile:\n\n```sql\n([^]*?)^```\n/m).slice(1);

// Open the schema, use it, close it; what it said on the console is its noise.
async function using(version, use) {
    const noise = [];
    const { warn, error, log } = console;
    console.warn = console.error = console.log = (...words) => noise.push(words.join(' '));
    let api;
    try {
        api = await version.open('app');
        return await use({ ...api, noise });
    } finally {
        Object.assign(console, { warn, error, log });
        await api?.close();
    }
}

// The fields of types that lead to other rows, as "Type.field: Type".
function fields(text, ...names) {
    const schema = buildSchema(text);
    return names.filter(name => schema.getType(name)).flatMap(name =>
        Object.values(schema.getType(name).getFields())
            .filter(field => isObjectType(getNamedType(field.type)))
            .map(field => `${name}.${field.name}: ${String(field.type).replace(/sConnection/, 'Connection')}`)).sort();
}

const expected = [
    'Biography.parentByParentId: Parent',
    'Child.parent: Parent',
    'Letter.parentByReceiverId: Parent',
    'Letter.parentBySenderId: Parent',
    'Parent.biography: Biography',
    'Parent.child: Child',
    'Parent.parentTagsByParentId: ParentTagConnection!',
    'Parent.received: LetterConnection!',
    'Parent.sent: Letter',
    'Photo.photoTagsByPhotoId: PhotoTagConnection!',
    'Place.sign: Sign',
    'Sign.placeByTownAndNumber: Place',
    'Step.next: Step',
    'Step.previous: Step',
    'Tag.parentTagsByTagId: ParentTagConnection!',
    'Tag.photoTagsByTagId: PhotoTagConnection!'
];

// The rows that a query for one connection returns, as plain objects.
async function rows({ query }, connection, selection) {
    const { data, errors } = await query(`{ ${connection}(orderBy: PRIMARY_KEY_ASC) { nodes { ${selection} } } }`);
    assert.equal(errors, undefined);
    return JSON.parse(JSON.stringify(data[connection].nodes));
}

// The parents, each with its child, that child's parent, and its biography.
async function children(api) {
    return (await rows(api, 'allParents', 'name child { name parent { name } } biography { text }'))
        .map(({ name, child, biography }) => [name, child?.name ?? null, child?.parent.name ?? null, biography?.text ?? null]);
}

// Execute a mutation that must not fail.
async function mutate({ query }, source) {
    const { errors } = await query(`mutation { ${source} { clientMutationId } }`);
    assert.equal(errors, undefined);
}

for (const version of versions) {
    const title = words => `version ${version.number}: ${words}`;

    psql(declare);
    psql(noAccessors);
    psql(names);

    await test(title('one field for each relationship, an object for a one-to-one, and nothing to complain of'), () =>
        using(version, ({ text, noise }) => {
            assert.deepEqual(fields(text, 'Biography', 'Child', 'Letter', 'Parent', 'Photo', 'Place', 'Seat', 'Sign', 'Step', 'Tag'),
                [...expected, ...version.own].sort());
            assert.deepEqual(noise, []);
        }));

    await test(title('a query returns the rows'), () =>
        using(version, async api => {
            assert.deepEqual(await children(api), [
                ['Ann', 'first', 'Ann', 'long'], ['Bob', 'second', 'Bob', null], ['Cem', null, null, null]]);
            assert.deepEqual(await rows(api, 'allSteps', 'next { nextId } previous { nextId }'), [
                { next: null, previous: { nextId: 1 } }, { next: { nextId: null }, previous: null }]);
            assert.deepEqual(await rows(api, 'allPlaces', 'town sign { number }'), [
                { town: 1, sign: { number: 10 } }, { town: 2, sign: null }]);
        }));

    await test(title('a mutation that creates or updates a child replaces the one that was there'), () =>
        using(version, async api => {
            const { id } = api;
            const byId = `updateChildBy${id[0].toUpperCase()}${id.slice(1)}`;

            await mutate(api, `createChild(input: {child: {${id}: 3, name: "third", parentId: 1}})`);
            assert.deepEqual(await children(api), [
                ['Ann', 'third', 'Ann', 'long'], ['Bob', 'second', 'Bob', null], ['Cem', null, null, null]]);
            await mutate(api, `${byId}(input: {${id}: 1, childPatch: {parentId: 2}})`);
            assert.deepEqual(await children(api), [
                ['Ann', 'third', 'Ann', 'long'], ['Bob', 'first', 'Bob', null], ['Cem', null, null, null]]);
            await mutate(api, 'createBiography(input: {biography: {parentId: 1, text: "longer"}})');
            assert.deepEqual(await children(api), [
                ['Ann', 'third', 'Ann', 'longer'], ['Bob', 'first', 'Bob', null], ['Cem', null, null, null]]);

            assert.deepEqual(await rows(api, 'allChildren', 'name parentId'), [
                { name: 'first', parentId: 2 }, { name: 'second', parentId: null }, { name: 'third', parentId: 1 }]);
        }));
}

psql(declare);

await test('version 5: an accessor with the name of a table stops it', () =>
    assert.rejects(using(versions[1], () => { }), /second resource named/));

psql(noAccessors);

await test('version 4: a one-to-one of a table with itself stops it, until its key has names', () =>
    assert.rejects(using(versions[0], () => { }), /two entities have tried to define the same key 'stepByNextId'/));

await test('version 5: a one-to-one of a table with itself has one side only, until its key has names', () =>
    using(versions[1], ({ text, noise }) => {
        assert.match(noise.join('\n'), /two entities have tried to define the same key 'stepByNextId'/);
        assert.deepEqual(fields(text, 'Step'), ['Step.stepByNextId: Step']);
    }));

await test('version 5: a many-to-many has the field of its accessor, if no other has its name', () =>
    using(versions[1], async api => {
        assert.deepEqual(await rows(api, 'allTags', 'parents { nodes { name } }'), [
            { parents: { nodes: [{ name: 'Ann' }, { name: 'Bob' }] } }, { parents: { nodes: [] } }]);
    }));
