// A driver's monitor sends hello with the topology it knows and asks the server to answer when that changes, or after
// maxAwaitTimeMS. CongoDB answers at once and names another topology each time, so a driver asks again without a pause:
// most of a core on each side. This teaches the server to wait; its topology never changes.
import { Long, ObjectId } from './node_modules/@push.rocks/smartmongo/dist_ts/congodb/index.js';
import { HelloHandler } from './node_modules/@push.rocks/smartmongo/dist_ts/congodb/server/handlers/HelloHandler.js';

/** Changes the server's class; call it once, before a server is made. */
export function awaitHello() {
  const topologyVersion = { processId: new ObjectId(), counter: Long.fromNumber(0) };
  const { handle } = HelloHandler.prototype;
  HelloHandler.prototype.handle = async function handleWhenDue(context) {
    const { topologyVersion: known, maxAwaitTimeMS } = context.command;
    if (known && maxAwaitTimeMS > 0 && topologyVersion.processId.equals(known.processId)) {
      await new Promise((resolve) => { setTimeout(resolve, Number(maxAwaitTimeMS)); });
    }
    return { ...await handle.call(this, context), topologyVersion };
  };
}
