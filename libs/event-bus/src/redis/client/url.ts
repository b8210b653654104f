/** The parts of a Redis URL. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly isTls: boolean;
  /** The name that CLIENT LIST shows for the connection. */
  readonly connectionName: string | undefined;
  /** `certificate`: the server's certificate must be trusted. `hostname`: it must match the host. */
  readonly checks: { readonly certificate: boolean; readonly hostname: boolean };
}

/** Whether `text` is a `redis://` or `rediss://` URL. */
export function isUrl(text: string): boolean {
  return URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol);
}

/** Parses a URL that has no {@link urlProblems}. */
export function placeOf(text: string): Place {
  const url = new URL(text);
  const { hostname, port, username, password } = url;
  const query = url.searchParams;
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    // The query wins, as in Python's client.
    db: Number(query.get('db') ?? databaseIn(url)),
    username: username === '' ? undefined : decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
    isTls: url.protocol === 'rediss:',
    connectionName: query.get('client_name') ?? undefined,
    checks: {
      certificate: query.get('ssl_cert_reqs')?.toLowerCase() !== 'none',
      hostname: !isFalse(query.get('ssl_check_hostname')),
    },
  };
}

/**
 * The problems of a URL, each worded as the rest of a sentence that begins with the name of the setting. The query may
 * contain the parameters of Open edX's Python client that have a meaning here. Unknown parts are problems, never
 * ignored.
 */
export function urlProblems(text: string): readonly string[] {
  if (!isUrl(text)) return ['allowed is redis://… or rediss://…, the password percent-encoded.'];
  const url = new URL(text);
  const problems: string[] = [];
  if (!canDecode(url.username) || !canDecode(url.password))
    problems.push('has a user or a password with a % that is not percent-encoded; write it as %25.');
  if (!/^\d{0,5}$/.test(databaseIn(url)))
    problems.push('has a path that is not a database number; allowed is a whole number, as in redis://host:6379/2.');
  for (const name of new Set(url.searchParams.keys())) {
    const problem = problemWith(name, url.searchParams.getAll(name), url.protocol === 'rediss:');
    if (problem !== undefined) problems.push(problem);
  }
  if (url.hash !== '') problems.push('has a #; write it as %23 if it belongs to the password.');
  return problems;
}

/** The URL for logs: without the query and without anything that may be a secret. */
export function shownUrl(text: string): string {
  const { protocol, host, pathname, username, password } = new URL(text);
  // `user@` is often `:password@` with the colon forgotten.
  const user = password === '' ? (username === '' ? '' : '***@') : `${username}:***@`;
  return `${protocol}//${user}${host}${pathname === '/' ? '' : pathname}`;
}

/** The allowed query parameters: their values, and whether they apply to TLS only. */
const QUERY: Readonly<Record<string, { readonly values: RegExp; readonly allowed: string; readonly isTls?: true }>> = {
  db: { values: /^\d{1,5}$/, allowed: 'a whole number' },
  client_name: { values: /^[!-~]+$/, allowed: 'a text without spaces' },
  ssl_cert_reqs: { values: /^(none|optional|required)$/i, allowed: 'none, optional or required', isTls: true },
  ssl_check_hostname: { values: /^(true|false|yes|no|1|0)$/i, allowed: 'true or false', isTls: true },
};

/** Query parameters of Python's client that are settings here. */
const SETTINGS: Readonly<Record<string, string>> = {
  ssl_ca_certs: 'EVENT_BUS_REDIS_TLS_CA_FILE',
  ssl_certfile: 'EVENT_BUS_REDIS_TLS_CERT_FILE',
  ssl_keyfile: 'EVENT_BUS_REDIS_TLS_KEY_FILE',
  ssl_password: 'EVENT_BUS_REDIS_TLS_KEY_PASSPHRASE',
  username: 'redis://user:password@host',
  password: 'redis://user:password@host',
};

function problemWith(name: string, [value = '', ...others]: readonly string[], isTls: boolean): string | undefined {
  const known = Object.hasOwn(QUERY, name) ? QUERY[name] : undefined;
  if (known === undefined) {
    const instead = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    const allowed = Object.keys(QUERY).join(', ');
    // The name is not shown if it may be part of a password that was not percent-encoded.
    const shown = /^[a-z_]+$/.test(name) ? ` ${name}` : '';
    return `has the parameter${shown}, which is not supported; ${instead === undefined ? `allowed are ${allowed}` : `use ${instead}`}.`;
  }
  if (others.length > 0) return `has the parameter ${name} more than once.`;
  if (!known.values.test(value)) return `has a ${name} that is not allowed; allowed is ${known.allowed}.`;
  return known.isTls === true && !isTls ? `has the parameter ${name}; allowed only with rediss://….` : undefined;
}

/** Python's client drops a trailing slash and reads `/abc` as database 0. Here both are errors. */
function databaseIn({ pathname }: URL): string {
  return pathname.slice(1);
}

function isFalse(value: string | null): boolean {
  return value !== null && /^(false|no|0)$/i.test(value);
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
