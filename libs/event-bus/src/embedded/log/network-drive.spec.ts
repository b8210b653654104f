import { tmpdir } from 'node:os';

import { expect, it } from 'vitest';

import { mountType, networkDrive, networkDriveOf } from './network-drive.js';

const MOUNTINFO = `22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
28 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 28 0:40 / /srv/shared\\040data rw,relatime shared:9 - fuse.sshfs host:/data rw,user_id=0
33 28 0:41 / /srv rw - fuse.fuse-overlayfs fuse-overlayfs rw
35 28 0:42 / /srv/nfs rw - nfs4 server:/nfs rw
36 28 0:43 / /srv/nfs rw - ext4 /dev/sdb1 rw`;

it.each([
  ['/', 'ext4'],
  ['/home/user', 'ext4'],
  ['/srv', 'fuse.fuse-overlayfs'],
  ['/srvother', 'ext4'],
  ['/srv/shared data/bus', 'fuse.sshfs'],
  ['/srv/nfs/bus', 'ext4'],
])('%s lies on %s', (path, type) => {
  expect(mountType(path, MOUNTINFO)).toBe(type);
});

it.each([
  [0x6969, 'NFS'],
  [0xfe534d42, 'SMB'],
  [0xff534d42 - 2 ** 32, 'CIFS'],
  [0x00c36400, 'Ceph'],
  [0xef53, undefined],
  [0x01021994, undefined],
  [0x794c7630, undefined],
])('a file system of the type %i is a network drive: %s', (type, drive) => {
  expect(networkDrive(type, () => 'fuse.sshfs')).toBe(drive);
});

it.each([
  ['fuse.sshfs', 'fuse.sshfs'],
  ['fuse.s3fs', 'fuse.s3fs'],
  ['fuse.fuse-overlayfs', undefined],
  ['fuseblk', undefined],
  ['', undefined],
])('a file system in user space of the name %s is a network drive: %s', (name, drive) => {
  expect(networkDrive(0x65735546, () => name)).toBe(drive);
});

it('the folder of temporary files lies on none', () => {
  expect(networkDriveOf(tmpdir())).toBeUndefined();
});
