/** A port of 127.0.0.1 that nothing listens on now; the preferred one when it is free. */
export declare function freePort(preferred?: number): Promise<number>;
