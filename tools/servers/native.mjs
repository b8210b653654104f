import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

// The shell becomes the server. Its child reads from a pipe to this process. A line means that the server has ended. If
// the pipe closes without a line, this process is gone, and the child kills the server and removes its data.
const GUARDED = `server=$$
( read -r ended <&3 || { kill -KILL $server; sleep 1; rm -rf -- "$0"; } ) >/dev/null 2>&1 &
exec "$@" 3<&-`;

/**
 * A program as the process of a server. `stopSignal` ends it in order. `folder` is removed if this process dies
 * meanwhile.
 */
export function native({ command, args, env = {}, folder, stopSignal = 'SIGTERM' }) {
  const log = join(folder, 'log.txt');
  let child;
  let ended = Promise.resolve();
  const signal = async (name) => {
    child?.kill(name);
  };
  return {
    async start() {
      const output = await open(log, 'a');
      child = spawn('sh', ['-c', GUARDED, folder, command, ...args], {
        cwd: folder,
        env: { ...process.env, ...env },
        // Its own process group, so that Ctrl-C reaches only this process, which then stops the server.
        detached: true,
        stdio: ['ignore', output.fd, output.fd, 'pipe'],
      });
      await output.close();
      const guard = child.stdio[3].on('error', () => undefined);
      ended = new Promise((resolve) => {
        child.once('error', ({ message }) => resolve(message));
        child.once('exit', (code, name) => {
          guard.end('\n');
          resolve(code ?? name);
        });
      });
    },
    ended: () => ended,
    terminate: () => signal(stopSignal),
    kill: () => signal('SIGKILL'),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    logs: () => readFile(log, 'utf8').catch(() => ''),
    remove: async () => undefined,
  };
}
