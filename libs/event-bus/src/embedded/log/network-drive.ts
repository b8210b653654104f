import { readFileSync, realpathSync, statfsSync } from 'node:fs';

/** Network file systems by the type number that statfs(2) of Linux returns (linux/magic.h and the vendors' headers). */
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
/** The network file systems among the FUSE types. Others are local, such as the layers of rootless containers. */
const NETWORK_FUSE =
  /^fuse\.(sshfs|glusterfs|ceph|s3fs|goofys|gcsfuse|rclone|juicefs|davfs|curlftpfs|mount-s3|mountpoint-s3|blobfuse2?|seaweedfs|moosefs|mfs)/;

/**
 * The kind of network drive that holds the folder. `undefined` for a local drive, and on systems other than Linux,
 * which do not tell.
 */
export function networkDriveOf(folder: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const { type } = statfsSync(folder);
  return networkDrive(type, () => mountType(realpathSync(folder), readFileSync('/proc/self/mountinfo', 'utf8')));
}

/** The kind by type number. For FUSE, which says too little, by the name from `nameOf`. */
export function networkDrive(type: number, nameOf: () => string): string | undefined {
  // Some machines return a signed number.
  const number = type >>> 0;
  if (number !== FUSE) return NETWORK_TYPES.get(number);
  const name = nameOf();
  return NETWORK_FUSE.test(name) ? name : undefined;
}

/**
 * The type name of the file system that holds `path`, found in the text of /proc/self/mountinfo. If several are mounted
 * at one place, the last one counts.
 */
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
