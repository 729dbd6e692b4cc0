// A server whose hello has a topologyVersion promises to hold the next hello back until something changes. CongoDB gives
// one and answers at once, so a driver asks it again without a pause: most of a core on each side. Without it a driver
// asks every ten seconds.
import { HelloHandler } from './node_modules/@push.rocks/smartmongo/dist_ts/congodb/server/handlers/HelloHandler.js';

/** Changes the server's class; call it once, before a server is made. */
export function letDriversPoll() {
  const { handle } = HelloHandler.prototype;
  HelloHandler.prototype.handle = async function handleWithoutPromise(context) {
    const { topologyVersion, ...answer } = await handle.call(this, context);
    return answer;
  };
}
