// CongoDB keys its documents by ObjectId alone: it turns every other _id into one, or fails. MongoDB takes any value,
// and GavatDashboard uses ids of the ledger. This teaches the server to keep an _id as it came, and to find it without
// looking at every document.
import {
  IndexEngine, MemoryStorageAdapter, QueryEngine, ObjectId,
} from './node_modules/@push.rocks/smartmongo/dist_ts/congodb/index.js';

// Documents by key, for lists that came from findAll.
const collectionOf = new WeakMap();

/** A text that differs wherever two ids do: 1 is not "1". */
export function keyOf(id) {
  if (id instanceof ObjectId) return `o:${id.toHexString()}`;
  return id !== null && typeof id === 'object' ? `j:${JSON.stringify(id)}` : `${typeof id}:${id}`;
}

function isPlain(id) {
  return id instanceof ObjectId || typeof id === 'string' || typeof id === 'number' || typeof id === 'boolean';
}

/** Changes the server's classes; call it once, before a server is made. */
export function acceptAnyId() {
  Object.assign(MemoryStorageAdapter.prototype, {
    async insertOne(database, collection, document) {
      const documents = this.ensureCollection(database, collection);
      const stored = { ...document, _id: document._id ?? new ObjectId() };
      const key = keyOf(stored._id);
      if (documents.has(key)) throw Object.assign(new Error(`Duplicate key error: _id ${key}`), { code: 11000 });
      documents.set(key, stored);
      return stored;
    },
    async findAll(database, collection) {
      const documents = this.ensureCollection(database, collection);
      const list = Array.from(documents.values());
      collectionOf.set(list, documents);
      return list;
    },
    async findById(database, collection, id) {
      return this.ensureCollection(database, collection).get(keyOf(id)) ?? null;
    },
    async updateById(database, collection, id, document) {
      const documents = this.ensureCollection(database, collection);
      const key = keyOf(id);
      if (!documents.has(key)) return false;
      documents.set(key, document);
      return true;
    },
    async deleteById(database, collection, id) {
      return this.ensureCollection(database, collection).delete(keyOf(id));
    },
  });

  const filter = QueryEngine.filter.bind(QueryEngine);
  QueryEngine.filter = (list, query) => {
    const documents = collectionOf.get(list);
    if (documents && query && isPlain(query._id)) {
      const found = documents.get(keyOf(query._id));
      return found ? filter([found], query) : [];
    }
    return filter(list, query);
  };

  // Its index entries know ObjectIds only, and no query asks them: an index is kept as a definition.
  const initialize = IndexEngine.prototype.initialize;
  IndexEngine.prototype.initialize = function initializeWithoutDocuments() {
    if (!this.initialized) this.storage = Object.create(this.storage, { findAll: { value: async () => [] } });
    return initialize.call(this);
  };
}
