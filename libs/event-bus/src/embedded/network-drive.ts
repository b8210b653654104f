import { readFileSync, realpathSync, statfsSync } from 'node:fs';

/** Types of file systems that several machines share, as statfs(2) of Linux tells them (linux/magic.h, and those of the vendors). */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x564c, 'NCP'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0xaad7aaea, 'PanFS'],
]);
const FUSE = 0x65735546;
/** Of those in user space some are local, such as the layers of a container without root; they have names of their own. */
const NETWORK_FUSE =
  /^fuse\.(sshfs|glusterfs|ceph|s3fs|goofys|gcsfuse|rclone|juicefs|davfs|curlftpfs|mount-s3|mountpoint-s3|blobfuse2?|seaweedfs|moosefs|mfs)/;

/** The kind of network drive that a folder lies on; `undefined` when it lies on none, or the system does not tell: only Linux does. */
export function networkDriveOf(folder: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const { type } = statfsSync(folder);
  return networkDrive(type, () => mountType(realpathSync(folder), readFileSync('/proc/self/mountinfo', 'utf8')));
}

/** By the number of its type, and by its name, which is asked for where the number does not say enough. */
export function networkDrive(type: number, nameOf: () => string): string | undefined {
  // It is a signed number on some machines.
  const number = type >>> 0;
  if (number !== FUSE) return NETWORK_TYPES.get(number);
  const name = nameOf();
  return NETWORK_FUSE.test(name) ? name : undefined;
}

/** The name of the file system that holds a path, by the text of /proc/self/mountinfo; the last of several that are mounted at one place. */
export function mountType(path: string, mountinfo: string): string {
  let found = { at: '', type: '' };
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const at = (before.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    );
    const holds = at === '/' || path === at || path.startsWith(`${at}/`);
    if (at !== '' && holds && at.length >= found.at.length) found = { at, type: after.split(' ')[0] ?? '' };
  }
  return found.type;
}
