/** A free port of 127.0.0.1: the preferred one, or another. */
export declare function freePort(preferred?: number): Promise<number>;
