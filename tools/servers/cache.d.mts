/** A folder of the cache, filled when it is first asked for. One that exists is complete, also when several processes do this at once. */
export function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string>;
