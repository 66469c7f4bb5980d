// fake-github.mjs - a GitHub for tests: its OAuth and the two questions about
// a user, over a socket, as strict as the real one: a code is good once, for
// the client, the address and the PKCE verifier that it was made for.
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';

export class FakeGithub {
  // people: { login: { id, name, emails: [{ email, primary, verified }] } }
  constructor({ clientId = 'Iv1.pulse', clientSecret = 'a-secret-of-github', people = {} } = {}) {
    Object.assign(this, { clientId, clientSecret, people, codes: new Map(), tokens: new Map(), misbehave: {}, asked: [] });
    this.server = http.createServer((req, res) => this.answer(req, res));
  }

  start() { return new Promise((ok) => this.server.listen(0, '127.0.0.1', () => { this.url = `http://127.0.0.1:${this.server.address().port}`; ok(this); })); }
  stop() { this.server.closeAllConnections(); return new Promise((ok) => this.server.close(ok)); }

  // What a person's browser does there: he says yes, and is sent back.
  authorize(address, login) {
    const q = new URL(address).searchParams;
    if (q.get('client_id') !== this.clientId) throw new Error('GitHub does not know this client');
    if (!q.get('state') || q.get('code_challenge_method') !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(q.get('code_challenge'))) throw new Error('no state, or no PKCE');
    const code = randomBytes(10).toString('hex');
    this.codes.set(code, { login, challenge: q.get('code_challenge'), callback: q.get('redirect_uri'), scope: q.get('scope') });
    const back = new URL(q.get('redirect_uri'));
    back.search = new URLSearchParams({ code, state: q.get('state') });
    return back.href;
  }

  json(res, status, value) { res.writeHead(status, { 'content-type': 'application/json' }); res.end(typeof value === 'string' ? value : JSON.stringify(value)); }

  async answer(req, res) {
    const parts = [];
    for await (const part of req) parts.push(part);
    const path = req.url.split('?')[0], wrong = this.misbehave[path];
    this.asked.push({ path, headers: req.headers });
    if (wrong === 'hang') return;
    if (wrong === 'redirect') { res.writeHead(302, { location: this.url + '/elsewhere' }); res.end(); return; }
    if (wrong === 'large') { res.writeHead(200); res.end('{"x":"' + 'x'.repeat(2 << 20) + '"}'); return; }
    if (wrong) { this.json(res, wrong.status ?? 200, wrong.body ?? '{}'); return; }
    if (path === '/login/oauth/access_token') { this.exchange(new URLSearchParams(Buffer.concat(parts).toString()), res); return; }
    const who = this.people[this.tokens.get((req.headers.authorization || '').replace(/^Bearer /, ''))];
    if (!who) return this.json(res, 401, { message: 'Bad credentials' });
    if (path === '/api/v3/user') return this.json(res, 200, { id: who.id, login: who.login, name: who.name });
    if (path === '/api/v3/user/emails') return this.json(res, 200, who.emails);
    this.json(res, 404, { message: 'Not Found' });
  }

  // Errors come as 200, as GitHub's do.
  exchange(form, res) {
    const made = this.codes.get(form.get('code'));
    this.codes.delete(form.get('code'));
    if (form.get('client_id') !== this.clientId || form.get('client_secret') !== this.clientSecret) return this.json(res, 200, { error: 'incorrect_client_credentials' });
    if (!made || made.callback !== form.get('redirect_uri')) return this.json(res, 200, { error: 'bad_verification_code' });
    if (createHash('sha256').update(form.get('code_verifier') || '').digest('base64url') !== made.challenge) return this.json(res, 200, { error: 'bad_verification_code' });
    const token = 'gho_' + randomBytes(260).toString('hex');
    this.tokens.set(token, made.login);
    this.json(res, 200, { access_token: token, token_type: 'bearer', scope: made.scope.replaceAll(' ', ',') });
  }
}
