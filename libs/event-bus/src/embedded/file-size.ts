import type { Database } from './database.js';

/** So much may be free in the file before it is made smaller; less is soon needed again. */
const FREE_SHARE = 0.5;
const FREE_PAGES = 2_048;
const VACUUM_PAGES = 64;

export interface FileSize {
  readonly all: number;
  readonly free: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
}

/** How large the file is, in pages and in bytes. */
export function sizeOf(database: Database): FileSize {
  const size = Number(database.setting('page_size'));
  const all = Number(database.setting('page_count'));
  const free = Number(database.setting('freelist_count'));
  return { all, free, usedBytes: (all - free) * size, freeBytes: free * size };
}

/**
 * Gives pages back to the disk, as long as most of the file is free, a transaction between one `yield` and the next; those of a log made by an
 * older version stay with it.
 */
export function* shrink(database: () => Database): Generator<void> {
  let isSmaller = false;
  for (let before = Infinity; ;) {
    const { free, all } = sizeOf(database());
    if (free < FREE_PAGES || free < all * FREE_SHARE || free >= before) break;
    isSmaller = before < Infinity;
    before = free;
    database().write('process', () => database().all(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`));
    yield;
  }
  // Only then does the file get shorter.
  if (isSmaller) database().setting('wal_checkpoint(PASSIVE)');
}
