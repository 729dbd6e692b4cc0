import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HelloHandler } from './node_modules/@push.rocks/smartmongo/dist_ts/congodb/server/handlers/HelloHandler.js';
import { awaitHello } from './awaited-hello.mjs';

awaitHello();
const hello = (command) => new HelloHandler().handle({ command: { hello: 1, ...command }, server: {} });

test('hello is held back from a driver that knows the topology, for as long as it allows', async (t) => {
  const { topologyVersion } = await hello({});
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let answer;
  hello({ topologyVersion, maxAwaitTimeMS: 10_000 }).then((given) => { answer = given; });
  await new Promise(setImmediate);
  t.mock.timers.tick(9_999);
  await new Promise(setImmediate);
  assert.equal(answer, undefined);
  t.mock.timers.tick(1);
  await new Promise(setImmediate);
  assert.deepEqual(answer.topologyVersion, topologyVersion);
});

test('a driver that knows another server is answered at once', async () => {
  const other = { processId: '000000000000000000000000', counter: 0 };
  assert.equal((await hello({ topologyVersion: other, maxAwaitTimeMS: 60_000 })).isWritablePrimary, true);
});
