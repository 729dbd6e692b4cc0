import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  CongoServer, IndexEngine, ObjectId, QueryEngine,
} from './node_modules/@push.rocks/smartmongo/dist_ts/congodb/index.js';
import { acceptAnyId } from './any-id.mjs';

acceptAnyId();
const storage = () => new CongoServer({ port: 0 }).storage;

test('an _id is kept as it came, whatever it is', async () => {
  const store = storage();
  for (const _id of ['ab', '1', 1, new ObjectId(), true]) {
    await store.insertOne('d', 'c', { _id, value: String(_id) });
  }
  const all = await store.findAll('d', 'c');
  assert.equal(all.length, 5);
  assert.equal(QueryEngine.filter(all, { _id: '1' })[0].value, '1');
  assert.strictEqual(QueryEngine.filter(all, { _id: 1 })[0]._id, 1);
  assert.deepEqual(QueryEngine.filter(all, { _id: 'ab', value: 'other' }), []);
});

test('an _id that is taken is refused with the code of a duplicate key', async () => {
  const store = storage();
  await store.insertOne('d', 'c', { _id: 'x' });
  await assert.rejects(store.insertOne('d', 'c', { _id: 'x' }), { code: 11000 });
});

test('documents are replaced and deleted by any _id', async () => {
  const store = storage();
  await store.insertOne('d', 'c', { _id: 'x', n: 1 });
  assert.equal(await store.updateById('d', 'c', 'x', { _id: 'x', n: 2 }), true);
  assert.equal((await store.findById('d', 'c', 'x')).n, 2);
  assert.equal(await store.deleteByIds('d', 'c', ['x', 'y']), 1);
  assert.equal(await store.count('d', 'c'), 0);
});

test('an index is made beside documents with any _id', async () => {
  const store = storage();
  await store.insertOne('d', 'c', { _id: 'x', n: 1 });
  const engine = new IndexEngine('d', 'c', store);
  await engine.createIndex({ n: 1 }, { name: 'n_1' });
  assert.deepEqual((await engine.listIndexes()).map((index) => index.name), ['_id_', 'n_1']);
});
