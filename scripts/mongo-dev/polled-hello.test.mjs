import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HelloHandler } from './node_modules/@push.rocks/smartmongo/dist_ts/congodb/server/handlers/HelloHandler.js';
import { letDriversPoll } from './polled-hello.mjs';

test('hello promises no change that the server does not wait for', async () => {
  const context = { command: { hello: 1 }, server: {} };
  assert.ok('topologyVersion' in await new HelloHandler().handle(context), 'the server no longer promises it: this file can go');
  letDriversPoll();
  const answer = await new HelloHandler().handle(context);
  assert.ok(!('topologyVersion' in answer));
  assert.equal(answer.isWritablePrimary, true);
});
