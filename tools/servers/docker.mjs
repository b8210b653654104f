import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './cache.mjs';
import { onPath, run } from './programs.mjs';

/**
 * Whether servers run in containers: yes if Docker answers. EVENT_BUS_SERVERS=`docker` or `native` decides otherwise.
 */
export async function usesDocker() {
  const said = process.env.EVENT_BUS_SERVERS;
  if (said !== undefined) return said === 'docker';
  if (onPath('docker') === undefined) return false;
  return run('docker', ['info'], { timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

/** The image of a service in docker-compose.yml. */
export async function imageOf(service) {
  return parse(await readFile(join(ROOT, 'docker-compose.yml'), 'utf8')).services[service].image;
}

/** Pulls the image if this machine does not have it. */
export async function pull(image) {
  await run('docker', ['image', 'inspect', image]).catch(() => run('docker', ['pull', '--quiet', image]));
}

/** A container as the process of a server. Like `native`, it is removed if this process dies. */
export function container({ name, image, options = [], command = [] }) {
  let guard;
  let ended = Promise.resolve();
  return {
    async start() {
      if (guard === undefined) {
        guard = spawn('sh', ['-c', 'read -r ended || docker rm --force --volumes "$0"', name], {
          detached: true,
          stdio: ['pipe', 'ignore', 'ignore'],
        });
        guard.stdin.on('error', () => undefined);
        await run('docker', ['run', '--detach', '--name', name, ...options, image, ...command]);
      } else {
        await run('docker', ['start', name]);
      }
      ended = run('docker', ['wait', name]).then(
        (code) => code.trim(),
        ({ message }) => message,
      );
    },
    ended: () => ended,
    terminate: () => run('docker', ['kill', '--signal', 'TERM', name]).catch(() => undefined),
    kill: () => run('docker', ['kill', name]).catch(() => undefined),
    pause: () => run('docker', ['pause', name]),
    resume: () => run('docker', ['unpause', name]).catch(() => undefined),
    logs: () => run('docker', ['logs', name]).catch(() => ''),
    async remove() {
      await run('docker', ['rm', '--force', '--volumes', name]);
      guard?.stdin.end('\n');
    },
  };
}
