import { describe, expect, it } from 'vitest';
import { placeOf, shownUrl, urlProblems } from './url.js';

describe('the URL of Redis', () => {
  it.each([
    ['redis://host', { host: 'host', port: 6379, db: 0, username: undefined, password: undefined, isTls: false }],
    ['rediss://u:p%40ss@host:7/3', { host: 'host', port: 7, db: 3, username: 'u', password: 'p@ss', isTls: true }],
    ['redis://:p@[::1]:7', { host: '::1', port: 7, db: 0, username: undefined, password: 'p' }],
    ['redis://host?db=2', { db: 2 }],
    ['redis://host/1?db=2&client_name=web', { db: 2, connectionName: 'web' }],
    ['rediss://host?ssl_cert_reqs=none', { checks: { certificate: false, hostname: true } }],
    ['rediss://host?ssl_cert_reqs=required', { checks: { certificate: true, hostname: true } }],
    ['rediss://host?ssl_check_hostname=False', { checks: { certificate: true, hostname: false } }],
  ])('%s says where the server is and how to speak to it', (url, place) => {
    expect(urlProblems(url)).toEqual([]);
    expect(placeOf(url)).toMatchObject(place);
  });

  it.each([
    ['http://host', /^allowed is redis:\/\//],
    ['redis://host/abc', /not a database number; allowed is a whole number/],
    ['redis://host/0/', /not a database number; allowed is a whole number/],
    ['redis://host/-1', /not a database number; allowed is a whole number/],
    ['redis://host?db=two', /a db that is not allowed; allowed is a whole number/],
    ['redis://host?db=1&db=2', /the parameter db more than once/],
    ['redis://host?ssl_cert_reqs=none', /the parameter ssl_cert_reqs; allowed only with rediss:/],
    ['rediss://host?ssl_cert_reqs=maybe', /allowed is none, optional or required/],
    ['rediss://host?ssl_ca_certs=/ca.pem', /the parameter ssl_ca_certs, .* use EVENT_BUS_REDIS_TLS_CA_FILE/],
    ['redis://host?password=secret', /the parameter password, .* use redis:\/\/user:password@host/],
    ['redis://host?socket_timeout=5', /the parameter socket_timeout, .* allowed are db, client_name, ssl_cert_reqs/],
    ['redis://host?toString=5', /the parameter, which is not supported/],
    ['redis://:100%@host', /% that is not percent-encoded/],
    ['redis://host#x', /write it as %23/],
  ])('%s is refused', (url, problem) => {
    expect(urlProblems(url)).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    ['redis://secret@host/1', 'redis://***@host/1'],
    ['redis://:secret@host:7', 'redis://:***@host:7'],
    ['rediss://user:secret@host?client_name=web', 'rediss://user:***@host'],
    ['redis://host', 'redis://host'],
  ])('%s is shown without what may be a secret', (url, shown) => {
    expect(shownUrl(url)).toBe(shown);
  });
});
