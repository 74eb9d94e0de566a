// Two devices with Microsoft's client for JavaScript share a table of the server at `node devices.js PORT`; ends with 0 if all went well.
'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const host = require('./host');

/** Every request and its answer, for the message of a failure. */
const exchanges = [];
/** How many of the next answers to writes get lost. */
let lost = 0;

/** Passes requests on, and loses answers when asked to. */
function lossyProxy(port) {
    const pass = async (request, response) => {
        const body = Buffer.concat(await request.toArray());
        const { method, url: path, headers } = request;
        const options = { host: '127.0.0.1', port, method, path, headers };
        const answer = await new Promise((done, failed) => http.request(options, done).on('error', failed).end(body));
        const answered = Buffer.concat(await answer.toArray());
        exchanges.push(`${method} ${path} ${body} -> ${answer.statusCode} ${answered}`);
        if (method !== 'GET' && lost > 0) {
            lost -= 1;
            return request.socket.destroy();
        }
        response.writeHead(answer.statusCode, answer.headers).end(answered);
    };
    const server = http.createServer((request, response) => pass(request, response).catch(() => response.destroy()));
    return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
}

async function device(client, port, name) {
    const app = new client.MobileServiceClient(`http://127.0.0.1:${port}`);
    const store = new client.MobileServiceSqliteStore(name);
    await store.defineTable({
        name: 'todoitem',
        columnDefinitions: {
            id: 'string', title: 'string', complete: 'boolean',
            version: 'string', createdAt: 'date', updatedAt: 'date', deleted: 'boolean',
        },
    });
    const context = app.getSyncContext();
    await context.initialize(store);
    const all = () => new client.Query('todoitem');
    return {
        table: app.getSyncTable('todoitem'),
        remote: app.getTable('todoitem'),
        push: () => context.push(),
        pull: (query = all(), name = 'all') => context.pull(query, name),
        purge: () => context.purge(all(), true),
        rows: async () => new Map((await app.getSyncTable('todoitem').read(all())).map((row) => [row.id, row])),
        onConflict: (handler) => { context.pushHandler = { onConflict: handler, onError: () => {} }; },
    };
}

async function refused(promise, status) {
    // The client's promises are of a kind of their own.
    await assert.rejects((async () => await promise)(), (error) => error.request.status === status);
}

async function offline(a, b, all) {
    for (let at = 0; at < 60; at += 1) await a.table.insert({ id: `i${at}`, title: `t${at}`, complete: at % 2 === 0 });
    await a.push();
    await b.pull();
    await a.pull();
    assert.equal((await b.rows()).size, 60);

    await b.table.update({ id: 'i3', title: 'from b' });
    await b.push();
    await a.pull();
    assert.equal((await a.rows()).get('i3').title, 'from b');

    await a.table.del({ id: 'i5' });
    await a.push();
    await b.pull();
    assert(!(await b.rows()).has('i5'));

    // What it leaves out is null.
    await a.table.insert({ id: 'bare', complete: false });
    await a.push();
    assert.equal((await a.remote.lookup('bare')).title, null);

    await b.pull(all().where({ complete: false }), 'open');
    await b.purge();
    assert.equal((await b.rows()).size, 0);
    await b.pull();
    assert.equal((await b.rows()).size, 60);
}

async function conflicts(a, b) {
    const met = [];
    const isSeen = (conflict) => met.push([conflict.getAction(), conflict.getServerRecord()?.title]);
    a.onConflict((conflict) => {
        isSeen(conflict);
        const { version } = conflict.getServerRecord();
        const { id, title, complete } = conflict.getClientRecord();
        // `update` leaves the mark undefined.
        return conflict.update({ id, title, complete, version }).then(() => { conflict.isHandled = true; });
    });
    b.onConflict((conflict) => {
        isSeen(conflict);
        return conflict.cancelAndDiscard();
    });
    await b.table.update({ id: 'i4', title: 'b was first' });
    await a.table.update({ id: 'i4', title: 'a' });
    await b.push();
    await a.push();
    assert.equal((await a.remote.lookup('i4')).title, 'a');

    await a.table.update({ id: 'i6', title: 'changed' });
    await b.table.del({ id: 'i6' });
    await a.push();
    await b.push();
    assert.equal((await a.remote.lookup('i6')).title, 'changed');
    assert.deepEqual(met, [['update', 'b was first'], ['delete', 'changed']]);
}

async function lostReplies(a) {
    for (const write of [
        () => a.table.insert({ id: 'lost', title: 'sent twice', complete: true }),
        () => a.table.update({ id: 'i7', title: 'sent twice' }),
        () => a.table.del({ id: 'i8' }),
    ]) {
        await write();
        lost = 1;
        await assert.rejects((async () => await a.push())());
        // The row is there as it was sent: to this client a conflict, which it ends by the server's row.
        a.onConflict((conflict) => conflict.getServerRecord()
            ? conflict.cancelAndUpdate(conflict.getServerRecord())
            : conflict.cancelAndDiscard());
        await a.push();
    }
    for (const id of ['lost', 'i7']) assert.equal((await a.remote.lookup(id)).title, 'sent twice');
    await refused(a.remote.lookup('i8'), 404);
}

async function online({ remote }) {
    const count = async (query) => (await query.take(1000).read()).length;
    const titled = (text) => remote.where(function (text) { return this.title === text; }, text);
    assert.equal(await count(titled('t9')), 1);
    assert.equal(await count(remote.where(function () { return this.title.toUpperCase() === 'T9'; })), 1);
    assert.equal(await count(remote.where(function () { return this.title.substr(0, 2) === 't9'; })), 1);
    assert.equal(await count(remote.where(function () { return this.title.length === 2 && !this.complete; })), 2);
    assert.equal(await count(remote.where(function (day) { return this.updatedAt > day; }, new Date(2001, 1, 1))) >= 50, true);
    const page = await remote.select('id', 'title').orderByDescending('title').skip(1).take(2).read();
    assert.deepEqual(page.map((row) => Object.keys(row).sort()), [['id', 'title'], ['id', 'title']]);
    assert((await remote.where({ complete: false }).includeTotalCount().take(3).read()).totalCount > 20);
    assert.equal((await remote.read('$filter=id eq %27i5%27&__includeDeleted=true'))[0].deleted, true);
    const inserted = await remote.insert({ title: 'online', complete: false });
    assert(inserted.id && inserted.version && inserted.createdAt && inserted.updatedAt);
    assert.equal((await remote.update({ id: inserted.id, title: 'changed' })).title, 'changed');
    await remote.refresh({ id: inserted.id });
    await refused(remote.update({ id: inserted.id, title: 'x', version: 'AAAA' }), 412);
    await refused(remote.insert({ id: inserted.id, complete: true }), 409);
    await refused(remote.read('$filter=nonsense'), 400);
    await remote.del({ id: inserted.id });
    await refused(remote.lookup(inserted.id), 404);
}

async function main() {
    await host.install();
    const client = require('azure-mobile-apps-client');
    const port = await lossyProxy(Number(process.argv[2]));
    const [a, b] = [await device(client, port, 'a'), await device(client, port, 'b')];
    await offline(a, b, () => new client.Query('todoitem'));
    await conflicts(a, b);
    await lostReplies(a);
    await online(a);
}

main().then(
    () => process.exit(0),
    (error) => {
        console.error(error, `\nThe last exchanges:\n${exchanges.slice(-8).join('\n')}`);
        process.exit(1);
    },
);
