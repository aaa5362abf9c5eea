// What the clients in JavaScript share: the protocol of serve.py.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const clients = 6;

// The version of an installed package.
export const versionOf = (name) => {
    const require = createRequire(import.meta.url);
    for (const folder of require.resolve.paths(name)) {
        try {
            return require(`${folder}/${name}/package.json`).version;
        } catch {
            // the next folder
        }
    }
    throw new Error(`${name} is not installed`);
};

// The SQLSTATE of an error, or of the one that it wraps.
const sqlstate = (error) => {
    if (error === null || typeof error !== 'object') {
        return undefined;
    }
    for (const inner of [error.cause, error.original, error.driverError, error.nativeError,
                         error.meta?.driverAdapterError]) {
        const code = sqlstate(inner);
        if (code !== undefined) {
            return code;
        }
    }
    return [error.originalCode, error.code].find((code) => /^[0-9A-Z]{5}$/.test(code));
};

// Do the work in several connections at the same time.
export const atOnce = async (work) => {
    const results = await Promise.allSettled(Array.from({ length: clients }, work));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) {
        throw failed.reason;
    }
};

// Fail if something that must be so isn't.
export const must = (truth, words) => {
    if (!truth) {
        throw new Error(words);
    }
};

// Say who answers, then answer until stdin ends.
export const serve = async (name, version, scenarios) => {
    console.log(`${name} ${version}`);
    for await (const line of createInterface({ input: process.stdin })) {
        let answer = 'ok';
        try {
            if (line in scenarios) {
                await scenarios[line]();
            } else {
                answer = 'none';
            }
        } catch (error) {
            answer = `${sqlstate(error) ?? error.name} ${error.message}`;
        }
        console.log(answer.replaceAll(/\s+/g, ' '));
    }
    process.exit();
};
