/** Resolves with the path of the program that asks KEDA's scalers. */
export declare function kedaScalers(): Promise<string>;
