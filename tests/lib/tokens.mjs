// tokens.mjs - access tokens as a test wants them: right ones, and wrong ones of
// every kind, made without the programs.
import { createHmac, createSign, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { SECRET } from './stack.mjs';

const keyFor = (audience) => Buffer.from(hkdfSync('sha256', 'jwt-' + SECRET, '', audience, 32));
const part = (x) => Buffer.from(JSON.stringify(x)).toString('base64url');
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' });
const seconds = (from) => Math.floor(Date.now() / 1000) + from;

// `who` is { user, org, session }.
const claims = (who, aud, more = {}) => ({ iss: 'pulse', aud, nbf: seconds(-5), exp: seconds(600), sub: String(who.user), org: String(who.org), sid: who.session,
  ...(aud === 'live' ? { sxp: seconds(3600) } : {}), ...more });
function signed(body, key, { alg = 'HS256', hash = 'sha256', header = {} } = {}) {
  const head = `${part({ typ: 'JWT', alg, ...header })}.${part(body)}`;
  return `${head}.${createHmac(hash, key).update(head).digest('base64url')}`;
}
export const good = (who, aud = 'api') => signed(claims(who, aud), keyFor(aud));

// What nobody may come in with, by name: (who, audience) => token.
const other = { api: 'live', live: 'api' };
const made = (more, how = {}) => (who, aud = 'api') => signed(claims(who, aud, more), how.key?.(aud) ?? keyFor(aud), how);
export const wrong = {
  'no token': () => null,
  'nonsense': () => 'nonsense',
  'an expired token': made({ exp: seconds(-1) }),
  'a token of tomorrow': made({ nbf: seconds(86400), exp: seconds(90000) }),
  'a token that never ends': made({ exp: undefined }),
  'another issuer': made({ iss: 'other' }),
  'alg none': (who, aud = 'api') => `${part({ typ: 'JWT', alg: 'none' })}.${part(claims(who, aud))}.`,
  'alg NONE under our key': made({}, { alg: 'NONE' }),
  'HS384': made({}, { alg: 'HS384', hash: 'sha384' }),
  'HS512': made({}, { alg: 'HS512', hash: 'sha512' }),
  'RS256': (who, aud = 'api') => { const head = `${part({ typ: 'JWT', alg: 'RS256' })}.${part(claims(who, aud))}`; return `${head}.${createSign('sha256').update(head).sign(privateKey, 'base64url')}`; },
  'HS256 under a public key': made({}, { key: () => pem }),
  'a key in the header': made({}, { key: () => 'x', header: { jwk: { kty: 'oct', k: 'eA' } } }),
  'the secret itself for a key': made({}, { key: () => 'jwt-' + SECRET }),
  'the other audience\'s key': made({}, { key: (aud) => keyFor(other[aud]) }),
  'the other audience': (who, aud = 'api') => signed(claims(who, other[aud]), keyFor(aud)),
  'a token of the other audience': (who, aud = 'api') => good(who, other[aud]),
  'the bridge\'s key': made({}, { key: () => Buffer.from(hkdfSync('sha256', 'bridge-' + SECRET, '', 'bridge', 32)) }),
};
