import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './programs.mjs';

/** The passphrase for the encrypted key of the client. */
const PASSPHRASE = 'opens-the-key-of-the-client';

/**
 * Creates a CA with certificates for a server on 127.0.0.1 and for a client, and a certificate of another, untrusted
 * CA.
 */
export async function certificates(folder) {
  await mkdir(folder, { recursive: true });
  const [own, strange] = await Promise.all([authority(folder, 'ca'), authority(folder, 'stranger-ca')]);
  const [server, client, stranger] = await Promise.all([
    certificate(folder, 'server', own),
    certificate(folder, 'client', own),
    certificate(folder, 'stranger', strange),
  ]);
  const encryptedKeyFile = join(folder, 'client-encrypted.key');
  const encrypt = ['-topk8', '-v2', 'aes-256-cbc', '-passout', `pass:${PASSPHRASE}`];
  await run('openssl', ['pkcs8', ...encrypt, '-in', client.keyFile, '-out', encryptedKeyFile]);
  return {
    caFile: own.certFile,
    server,
    client: { ...client, encryptedKeyFile, passphrase: PASSPHRASE },
    stranger: { ...stranger, caFile: strange.certFile },
  };
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function authority(folder, name) {
  const [keyFile, certFile] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const about = ['-subj', `/CN=event-bus ${name}`, '-days', '2'];
  await run('openssl', ['req', '-x509', ...EC, '-keyout', keyFile, '-out', certFile, ...about]);
  return { keyFile, certFile };
}

async function certificate(folder, name, ca) {
  const [keyFile, certFile] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const [request, extensions] = [join(folder, `${name}.csr`), join(folder, `${name}.ext`)];
  await writeFile(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  await run('openssl', ['req', ...EC, '-keyout', keyFile, '-out', request, '-subj', `/CN=${name}`]);
  const signing = ['-CA', ca.certFile, '-CAkey', ca.keyFile, '-CAcreateserial', '-days', '2', '-extfile', extensions];
  await run('openssl', ['x509', '-req', '-in', request, '-out', certFile, ...signing]);
  // Key and certificate in one file, as Kafka expects.
  const pemFile = join(folder, `${name}.pem`);
  await writeFile(pemFile, (await readFile(keyFile, 'utf8')) + (await readFile(certFile, 'utf8')));
  return { keyFile, certFile, pemFile };
}
