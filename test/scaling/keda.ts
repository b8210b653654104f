import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A trigger with the parameters that KEDA would take from the Secret. */
export interface KedaTrigger {
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly auth: Readonly<Record<string, string>>;
}

/** What one of KEDA's scalers sees. */
export interface Seen {
  /** Decides between no pod and one. */
  readonly active: boolean;
  readonly value: number;
  readonly target: number;
  readonly error?: string;
}

/** KEDA's scalers, in a process of their own. */
export interface Keda {
  poll(): Promise<readonly Seen[]>;
  close(): void;
}

export function keda(program: string, triggers: readonly KedaTrigger[]): Keda {
  const child = spawn(program, [JSON.stringify(triggers)], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async poll() {
      child.stdin.write('\n');
      const line = await lines.next();
      if (line.done === true) throw new Error("The program of KEDA's scalers has ended.");
      return JSON.parse(line.value) as readonly Seen[];
    },
    close: () => void child.kill(),
  };
}
