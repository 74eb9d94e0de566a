// What the client expects of a phone: the web view's XMLHttpRequest and storage, and Cordova's SQLite plugin, here over sql.js.
'use strict';

const sqlite = require('sql.js');
const XMLHttpRequest = require('xhr2');

async function install() {
    const SQL = await sqlite();
    const stored = new Map();
    XMLHttpRequest.prototype.withCredentials = false;
    Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'test' }, configurable: true });
    Object.assign(globalThis, {
        XMLHttpRequest,
        window: globalThis,
        document: { location: { href: 'http://localhost/' } },
        cordova: { version: 'test' },
        localStorage: { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) },
        sqlitePlugin: { openDatabase: (_options, done) => openDatabase(SQL, done) },
    });
}

function openDatabase(SQL, done) {
    const file = new SQL.Database();
    const run = (sql, parameters = []) => {
        const statement = file.prepare(sql);
        statement.bind(parameters.map((value) => value ?? null));
        const rows = [];
        while (statement.step()) rows.push(statement.getAsObject());
        statement.free();
        return { rows: { length: rows.length, item: (at) => rows[at] }, rowsAffected: file.getRowsModified() };
    };
    const database = {
        transaction(body, failed, committed = () => {}) {
            const transaction = { executeSql: (sql, parameters, then = () => {}) => then(transaction, run(sql, parameters)) };
            file.run('BEGIN');
            try {
                body(transaction);
                file.run('COMMIT');
            } catch (error) {
                file.run('ROLLBACK');
                return failed(error);
            }
            committed();
        },
        executeSql(sql, parameters, then, failed) {
            let result;
            try {
                result = run(sql, parameters);
            } catch (error) {
                return failed(error);
            }
            then(result);
        },
    };
    setImmediate(done);
    return database;
}

module.exports = { install };
