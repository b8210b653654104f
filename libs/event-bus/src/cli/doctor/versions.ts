import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Finding } from '../../settings/finding.js';

const OLDEST_NODE = [20, 19] as const;
/** The exported files that say the version. */
const PACKAGES = ['nest-event-bus', '@nestjs/core'];

/** The versions of Node, Nest and the clients, as the application's folder finds them. */
export function versionFindings(clients: readonly string[]): readonly Finding[] {
  return [nodeFinding(process.versions.node), ...[...PACKAGES, ...clients].map(packageFinding)];
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  if (isNew) return { level: 'ok', subject: 'Node', what: `its version is ${version}` };
  return {
    level: 'problem',
    subject: 'Node',
    what: `its version is ${version}`,
    advice: `Use ${OLDEST_NODE.join('.')} or newer.`,
  };
}

function packageFinding(name: string): Finding {
  const version = versionOf(name);
  if (version !== undefined) return { level: 'ok', subject: name, what: `its version is ${version}` };
  return { level: 'note', subject: name, what: 'its version is unknown; it may not be installed' };
}

/** Looks first where the application is, then beside this package. */
function versionOf(name: string): string | undefined {
  for (const from of [resolve('package.json'), import.meta.url]) {
    const folders = createRequire(from).resolve.paths(name) ?? [];
    for (const folder of folders) {
      try {
        const { version } = createRequire(from)(`${folder}/${name}/package.json`) as { readonly version: string };
        return version;
      } catch {
        // The next folder may have it.
      }
    }
  }
  return undefined;
}
