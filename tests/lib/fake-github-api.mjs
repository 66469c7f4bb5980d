// fake-github-api.mjs - GitHub's API for tests, over a socket: REST with pages,
// Link, ETag and 304, GraphQL by its own grammar (tests/lib/graphql.mjs), the
// rate-limit headers, an App's installation tokens that end after an hour,
// webhooks and their deliveries. What it tells is made from a number, so that
// the same number gives the same history; the same history as webhook
// deliveries is `events(repo)`. Objects of REST are laid over GitHub's own
// examples, so that all members are there that the real ones have.
import { createHash, createPublicKey, createVerify, randomBytes } from 'node:crypto';
import http from 'node:http';
import { require } from './tap.mjs';
import { run } from './graphql.mjs';

const examples = require('@octokit/webhooks-examples/api.github.com/index.json');
const example = (event, member) => structuredClone(examples.find((x) => x.name === event).examples.find((e) => e[member])[member]);
const shapes = { pull: example('pull_request', 'pull_request'), review: example('pull_request_review', 'review'), deployment: example('deployment', 'deployment'),
  status: example('deployment_status', 'deployment_status'), run: example('workflow_run', 'workflow_run'), release: example('release', 'release'), issue: example('issues', 'issue'), repository: example('push', 'repository') };

const random = (seed) => () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 4294967296; };
const iso = (ms) => (ms == null ? null : new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000', ''));
const sha = (...words) => createHash('sha1').update(words.join('/')).digest('hex');
const HOUR = 3600e3, DAY = 24 * HOUR;

export class FakeGithubApi {
  // now: when it is there; repos, pulls: how many; days: how old the oldest
  constructor({ now = Date.now(), repos = 2, pulls = 10, days = 80, seed = 7, limit = 5000, owner = 'acme' } = {}) {
    Object.assign(this, { now, limit, owner, calls: [], counts: {}, tokens: new Map(), lent: new Map(), installations: new Map(), script: null, offset: 0 });
    this.budgets = { core: { limit, used: 0, reset: 0 }, graphql: { limit, used: 0, reset: 0 } };
    this.people = ['ann', 'bob', 'cy', 'dependabot'].map((login, i) => ({ login, id: 101 + i, bot: login === 'dependabot' }));
    this.repos = Array.from({ length: repos }, (_, i) => this.makeRepo(i, pulls, days, random(seed * 1000 + i)));
    this.server = http.createServer((req, res) => this.answer(req, res).catch((e) => { res.destroy(); console.error(e); }));
    this.server.keepAliveTimeout = 60000;
  }

  start() { return new Promise((ok) => this.server.listen(0, '127.0.0.1', () => { this.url = `http://127.0.0.1:${this.server.address().port}`; ok(this); })); }
  stop() { this.server.closeAllConnections(); return new Promise((ok) => this.server.close(ok)); }
  clock() { return Date.now() + this.offset; }
  token(login = 'ann', repos = null, scopes = 'repo,admin:repo_hook') { const t = 'ghp_' + randomBytes(18).toString('hex'); this.tokens.set(t, { login, repos, scopes }); return t; }
  // An App with a key of its own; its installation has all repositories.
  app(id, publicKey, installation, account = this.owner) { this.appId = String(id); this.appKey = createPublicKey(publicKey); this.installations.set(String(installation), { id: installation, account }); }

  // --- the history ----------------------------------------------------------
  makeRepo(i, pulls, days, rnd) {
    const name = `${this.owner}/repo-${String(i).padStart(3, '0')}`, id = 5000 + i, base = this.now - 10 * 60e3, pick = (list) => list[Math.floor(rnd() * list.length)];
    const r = { id, name, default_branch: 'main', private: i % 2 === 1, archived: false, created: base - 400 * DAY, pulls: [], commits: [], deployments: [], runs: [], releases: [], issues: [], hooks: [], touched: base };
    const people = this.people.filter((p) => !p.bot);
    const commit = (author, at, message, parents = 1) => ({ sha: sha(name, message, at), author, at, message, parents });
    for (let n = 1; n <= pulls; n++) {
      const created = Math.floor((base - days * DAY * (1 - (n - 1) / pulls)) / 1000) * 1000, author = n % 7 === 0 ? this.people[3] : pick(people);
      const p = { number: n, id: id * 10000 + n, title: `Change ${n} of ${name}`, body: n % 11 === 0 ? `Reverts ${name}#${n - 1}` : 'Why it is so.', author, created, draft: n % 13 === 0, additions: Math.floor(rnd() * 300), deletions: Math.floor(rnd() * 90), files: 1 + Math.floor(rnd() * 9), head: `topic-${n}`, reviews: [], commits: [], updated: created };
      for (let k = 0; k < 1 + Math.floor(rnd() * 2); k++) p.commits.push(commit(author, created - (3 - k) * 600e3, `Step ${k} of ${n}\n\nBody.`));
      const last = created + Math.min(2 * DAY, (base - created) * 0.8);
      for (let k = 0; k < Math.floor(rnd() * 3); k++) { const at = Math.floor((created + (last - created) * (0.2 + 0.3 * k)) / 1000) * 1000; p.reviews.push({ id: p.id * 10 + k, author: pick(people), state: k ? 'APPROVED' : 'CHANGES_REQUESTED', at, sha: p.commits.at(-1).sha }); }
      if (rnd() < 0.85) {
        p.closed = Math.floor(last / 1000) * 1000;
        if (rnd() < 0.9) { p.merged = p.closed; p.mergedBy = pick(people); p.merge = commit(p.author, p.closed, `Change ${n} of ${name} (#${n})`); r.commits.push(p.merge); }
      }
      p.updated = Math.max(created, p.closed ?? 0, ...p.reviews.map((x) => x.at));
      r.pulls.push(p);
      if (p.merged && n % 5 === 0) {
        const d = { id: id * 1000 + n, sha: p.merge.sha, ref: 'main', environment: n % 10 ? 'staging' : 'production', author: p.mergedBy, created: p.merged + 60e3, statuses: [] };
        for (const [k, state] of [['0', 'in_progress'], ['1', n % 15 ? 'success' : 'failure']]) d.statuses.push({ id: d.id * 10 + Number(k), state, at: d.created + (1 + Number(k)) * 60e3, author: p.mergedBy });
        r.deployments.push(d);
        r.runs.push({ id: id * 100000 + n, name: 'ci', sha: p.merge.sha, branch: 'main', actor: p.mergedBy, created: p.merged + 5e3, done: p.merged + 300e3, conclusion: n % 15 ? 'success' : 'failure' });
      }
      if (p.merged && n % 10 === 0) r.releases.push({ id: id * 100 + n, tag: `v1.${n}`, name: `Release 1.${n}`, author: p.mergedBy, at: p.merged + 120e3 });
      if (n % 4 === 0) r.issues.push({ number: 10000 + n, id: id * 10000 + 5000 + n, title: `Trouble ${n}`, author: pick(people), created: created - 3600e3, closed: n % 8 ? null : created + 3600e3 });
    }
    return r;
  }

  // --- REST objects, as they are at a moment --------------------------------
  user(p) { return p && { login: p.bot ? p.login + '[bot]' : p.login, id: p.id, node_id: 'U_' + p.id, avatar_url: `https://avatars.githubusercontent.com/u/${p.id}?v=4`, html_url: `https://github.com/${p.login}`, type: p.bot ? 'Bot' : 'User', site_admin: false }; }
  repository(r) {
    const url = `${this.url}/${r.name}`;
    return { ...shapes.repository, id: r.id, name: r.name.split('/')[1], full_name: r.name, private: r.private, archived: r.archived, owner: { ...this.user(this.people[0]), login: this.owner }, html_url: url, default_branch: r.default_branch, created_at: iso(r.created), updated_at: iso(r.touched), pushed_at: iso(r.touched) };
  }
  pull(r, p, at = Infinity, full = true) {
    const closed = p.closed <= at ? p.closed : null, merged = p.merged <= at ? p.merged : null;
    const updated = Math.max(p.created, closed ?? 0, ...p.reviews.map((x) => x.at).filter((t) => t <= at));
    const { additions, deletions, changed_files, commits, merged: _, merged_by, ...short } = shapes.pull;
    return { ...short, number: p.number, id: p.id, title: p.title, body: p.body, state: closed ? 'closed' : 'open', draft: p.draft, user: this.user(p.author), html_url: `${this.url}/${r.name}/pull/${p.number}`, created_at: iso(p.created), updated_at: iso(updated), closed_at: iso(closed), merged_at: iso(merged),
      merge_commit_sha: merged ? p.merge.sha : sha('test merge', p.id), head: { ...shapes.pull.head, ref: p.head, sha: p.commits.at(-1).sha }, base: { ...shapes.pull.base, ref: 'main' },
      ...(full ? { additions: p.additions, deletions: p.deletions, changed_files: p.files, commits: p.commits.length, merged: !!merged, merged_by: merged ? this.user(p.mergedBy) : null } : {}) };
  }
  review(r, p, x) { return { ...shapes.review, id: x.id, user: this.user(x.author), state: x.state, submitted_at: iso(x.at), commit_id: x.sha, html_url: `${this.url}/${r.name}/pull/${p.number}#pullrequestreview-${x.id}` }; }
  commit(r, c) {
    const who = { name: c.author.login.toUpperCase(), email: `${c.author.login}@acme.test`, date: iso(c.at) };
    return { sha: c.sha, html_url: `${this.url}/${r.name}/commit/${c.sha}`, commit: { message: c.message, author: who, committer: who }, author: this.user(c.author), committer: this.user(c.author), parents: Array.from({ length: c.parents }, (_, k) => ({ sha: sha(c.sha, k) })) };
  }
  deployment(r, d, at = Infinity) { return { ...shapes.deployment, id: d.id, sha: d.sha, ref: d.ref, environment: d.environment, task: 'deploy', creator: this.user(d.author), created_at: iso(d.created), updated_at: iso(Math.max(d.created, ...d.statuses.map((x) => x.at).filter((t) => t <= at))), url: `${this.url}/api/v3/repos/${r.name}/deployments/${d.id}` }; }
  status(r, d, x) { return { ...shapes.status, id: x.id, state: x.state, environment: d.environment, creator: this.user(x.author), created_at: iso(x.at), updated_at: iso(x.at), log_url: `${this.url}/${r.name}/logs/${x.id}`, target_url: '' }; }
  run(r, x) { return { ...shapes.run, id: x.id, name: x.name, head_sha: x.sha, head_branch: x.branch, status: 'completed', conclusion: x.conclusion, run_attempt: 1, actor: this.user(x.actor), created_at: iso(x.created), run_started_at: iso(x.created), updated_at: iso(x.done), html_url: `${this.url}/${r.name}/actions/runs/${x.id}` }; }
  release(r, x) { return { ...shapes.release, id: x.id, tag_name: x.tag, name: x.name, draft: false, prerelease: false, author: this.user(x.author), created_at: iso(x.at), published_at: iso(x.at), updated_at: iso(x.at), html_url: `${this.url}/${r.name}/releases/tag/${x.tag}` }; }
  issue(r, x, at = Infinity) { const closed = x.closed <= at ? x.closed : null; return { ...shapes.issue, number: x.number, id: x.id, title: x.title, state: closed ? 'closed' : 'open', user: this.user(x.author), created_at: iso(x.created), updated_at: iso(closed ?? x.created), closed_at: iso(closed), html_url: `${this.url}/${r.name}/issues/${x.number}`, pull_request: undefined }; }

  // The same history as its webhook deliveries, in order: [{ event, at, payload }].
  events(r) {
    const out = [], repository = this.repository(r), add = (event, at, who, payload) => out.push({ event, at, payload: { ...payload, repository, sender: this.user(who) } });
    const pushed = (c) => ({ id: c.sha, message: c.message, timestamp: iso(c.at), url: `${this.url}/${r.name}/commit/${c.sha}`, author: { name: c.author.login.toUpperCase(), email: `${c.author.login}@acme.test`, username: this.user(c.author).login } });
    for (const p of r.pulls) {
      add('pull_request', p.created, p.author, { action: 'opened', number: p.number, pull_request: this.pull(r, p, p.created) });
      for (const x of p.reviews) add('pull_request_review', x.at, x.author, { action: 'submitted', review: { ...this.review(r, p, x), state: x.state.toLowerCase() }, pull_request: this.pull(r, p, x.at, false) });
      if (p.merge) add('push', p.merged, p.mergedBy, { ref: 'refs/heads/main', before: sha('before', p.id), after: p.merge.sha, created: false, deleted: false, forced: false, pusher: { name: 'x' }, commits: [pushed(p.merge)] });
      if (p.closed) add('pull_request', p.closed, p.mergedBy ?? p.author, { action: 'closed', number: p.number, pull_request: this.pull(r, p, p.closed) });
    }
    for (const d of r.deployments) {
      add('deployment', d.created, d.author, { action: 'created', deployment: this.deployment(r, d, d.created) });
      for (const x of d.statuses) add('deployment_status', x.at, x.author, { action: 'created', deployment: this.deployment(r, d, x.at), deployment_status: this.status(r, d, x) });
    }
    for (const x of r.runs) add('workflow_run', x.done, x.actor, { action: 'completed', workflow_run: this.run(r, x) });
    for (const x of r.releases) add('release', x.at, x.author, { action: 'published', release: this.release(r, x) });
    for (const x of r.issues) {
      add('issues', x.created, x.author, { action: 'opened', issue: this.issue(r, x, x.created) });
      if (x.closed) add('issues', x.closed, x.author, { action: 'closed', issue: this.issue(r, x, x.closed) });
    }
    return out.sort((a, b) => a.at - b.at);
  }

  // --- GraphQL objects ------------------------------------------------------
  actor(p) { return p && { __typename: p.bot ? 'Bot' : 'User', login: p.login, databaseId: p.id, avatarUrl: `https://avatars.githubusercontent.com/u/${p.id}?u=abc&v=4` }; }
  connection(all, node) {
    return ({ first, after }) => {
      const from = after ? Number(Buffer.from(after, 'base64').toString().split(':')[1]) : 0, part = all.slice(from, from + first);
      return { totalCount: all.length, pageInfo: { hasNextPage: from + part.length < all.length, endCursor: part.length ? Buffer.from(`cursor:${from + part.length}`).toString('base64') : null }, nodes: part.map(node) };
    };
  }
  qlCommit(r, c) { return { commit: { oid: c.sha, message: c.message, url: `${this.url}/${r.name}/commit/${c.sha}`, authoredDate: iso(c.at), committedDate: iso(c.at), parents: () => ({ totalCount: c.parents }), author: { name: c.author.login.toUpperCase(), email: `${c.author.login}@acme.test`, user: this.actor(c.author) } } }; }
  qlPull(r, p) {
    return { number: p.number, databaseId: p.id, title: p.title, body: p.body, state: p.merged ? 'MERGED' : p.closed ? 'CLOSED' : 'OPEN', isDraft: p.draft, createdAt: iso(p.created), updatedAt: iso(p.updated), closedAt: iso(p.closed), mergedAt: iso(p.merged), url: `${this.url}/${r.name}/pull/${p.number}`,
      additions: p.additions, deletions: p.deletions, changedFiles: p.files, headRefName: p.head, headRefOid: p.commits.at(-1).sha, baseRefName: 'main', mergeCommit: p.merge ? { oid: p.merge.sha } : null, mergedBy: this.actor(p.mergedBy) ?? null, author: this.actor(p.author),
      reviews: this.connection(p.reviews, (x) => ({ databaseId: x.id, state: x.state, submittedAt: iso(x.at), url: `${this.url}/${r.name}/pull/${p.number}#pullrequestreview-${x.id}`, commit: { oid: x.sha }, author: this.actor(x.author) })),
      commits: this.connection(p.commits, (c) => this.qlCommit(r, c)) };
  }
  graph(body, caller) {
    const root = { repository: ({ owner, name }) => {
      const r = this.visible(caller).find((x) => x.name === `${owner}/${name}`);
      if (!r) throw Object.assign(new Error(`Could not resolve to a Repository with the name '${owner}/${name}'.`), { type: 'NOT_FOUND' });
      return { pullRequests: (args) => this.connection([...r.pulls].sort((a, b) => b.updated - a.updated || b.number - a.number), (p) => this.qlPull(r, p))(args) };
    } };
    return run(body.query, body.variables, root);
  }

  // --- answering ------------------------------------------------------------
  visible(caller) { return this.repos.filter((r) => !caller.repos || caller.repos.includes(r.name)); }
  budget(kind) {
    const b = this.budgets[kind], now = Math.floor(this.clock() / 1000);
    if (b.reset <= now) { b.reset = now + 3600; b.used = 0; }
    return b;
  }
  head(kind) { const b = this.budget(kind); return { 'x-ratelimit-limit': b.limit, 'x-ratelimit-remaining': Math.max(0, b.limit - b.used), 'x-ratelimit-used': b.used, 'x-ratelimit-reset': b.reset, 'x-ratelimit-resource': kind }; }
  async answer(req, res) {
    const parts = [];
    for await (const part of req) parts.push(part);
    const text = Buffer.concat(parts).toString(), url = new URL(req.url, 'http://x'), kind = url.pathname === '/api/graphql' ? 'graphql' : 'core';
    const call = { method: req.method, path: url.pathname, query: url.search, at: Date.now(), headers: req.headers, body: text && JSON.parse(text), status: 0 };
    this.calls.push(call);
    const send = (status, value, headers = {}) => {
      call.status = status;
      const body = value === undefined ? '' : JSON.stringify(value), etag = `W/"${createHash('sha1').update(body).digest('hex')}"`;
      if (status === 200 && req.method === 'GET' && req.headers['if-none-match'] === etag) { this.budgets[kind].used--; call.status = 304; res.writeHead(304, { etag, ...this.head(kind) }); res.end(); return; }
      res.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...(status === 200 && kind === 'core' ? { etag } : {}), ...this.head(kind), ...headers });
      res.end(body);
    };
    const wrong = this.script?.(call);
    if (wrong?.delay) await new Promise((ok) => setTimeout(ok, wrong.delay));
    if (wrong?.hang) return;
    if (wrong?.drop) { res.destroy(); return; }
    if (wrong?.status) { send(wrong.status, wrong.body ?? { message: 'Server Error' }, wrong.headers); return; }
    if (req.headers['x-github-api-version'] !== '2022-11-28' || !req.headers['user-agent']) return send(400, { message: 'Bad version' });
    const bearer = (req.headers.authorization || '').replace(/^Bearer /, '');
    const lend = /^\/api\/v3\/app\/installations\/(\d+)\/access_tokens$/.exec(url.pathname);
    if (lend) return this.lend(lend[1], bearer, send);
    const lent = this.lent.get(bearer), caller = lent && lent.until > this.clock() ? lent : this.tokens.get(bearer);
    if (!caller) return send(401, { message: 'Bad credentials' });
    const b = this.budget(kind);
    if (b.used >= b.limit) return kind === 'graphql' ? send(200, { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] }) : send(403, { message: 'API rate limit exceeded' });
    b.used++;
    if (kind === 'graphql') return send(200, this.graph(call.body, caller));
    this.rest(req.method, url, call.body, caller, send);
  }
  lend(id, jwt, send) {
    const [head, claims, signature] = jwt.split('.'), read = (x) => JSON.parse(Buffer.from(x, 'base64url')), now = this.clock() / 1000;
    let good = false;
    try { const c = read(claims); good = read(head).alg === 'RS256' && createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(this.appKey, Buffer.from(signature, 'base64url')) && c.iss === this.appId && c.iat <= now && c.exp > now && c.exp - now <= 600; } catch { /* no */ }
    if (!good) return send(401, { message: 'A JSON web token could not be decoded' });
    if (!this.installations.has(id)) return send(404, { message: 'Not Found' });
    const token = 'ghs_' + randomBytes(258).toString('hex'), until = this.clock() + HOUR;
    this.lent.set(token, { login: 'app', until, repos: null, installation: true });
    send(201, { token, expires_at: iso(until), permissions: { contents: 'read' } });
  }
  rest(method, url, body, caller, send) {
    const path = url.pathname.replace(/^\/api\/v3/, ''), q = url.searchParams;
    const page = (all, wrap = (x) => x) => {
      const per = Math.min(100, Number(q.get('per_page') || 30)), n = Number(q.get('page') || 1), part = all.slice((n - 1) * per, n * per), last = Math.max(1, Math.ceil(all.length / per));
      const at = (k, rel) => { const u = new URL(this.url + url.pathname + url.search); u.searchParams.set('page', k); return `<${u.href}>; rel="${rel}"`; };
      send(200, wrap(part), n < last ? { link: [at(n + 1, 'next'), at(last, 'last')].join(', ') } : {});
    };
    const newest = (list, key) => [...list].sort((a, b) => b[key] - a[key]);
    if (path === '/user') { const p = this.people.find((x) => x.login === caller.login) ?? this.people[0]; return send(200, this.user(p), { 'x-oauth-scopes': (caller.scopes || '').split(',').join(', ') }); }
    if (path === '/user/installations') return page(caller.installations?.map((id) => ({ id, account: { login: this.installations.get(String(id))?.account } })) ?? [], (x) => ({ total_count: x.length, installations: x }));
    if (path === '/user/repos') return page(this.visible(caller).map((r) => this.repository(r)));
    if (path === '/installation/repositories') return page(this.visible(caller).map((r) => this.repository(r)), (x) => ({ total_count: this.repos.length, repositories: x }));
    const by = /^\/repositories\/(\d+)$/.exec(path), in_ = /^\/repos\/([^/]+\/[^/]+)\/(.*)$/.exec(path);
    const r = this.visible(caller).find((x) => (by ? x.id === Number(by[1]) : in_ && x.name === in_[1]));
    if (!r) return send(404, { message: 'Not Found' });
    if (by) return send(200, this.repository(r));
    const [what, id, rest, did] = in_[2].split('/');
    if (what === 'hooks') return this.hook(r, method, id, rest, did, in_[2], body, send, page);
    if (method !== 'GET') return send(404, { message: 'Not Found' });
    if (what === 'commits') return page(newest(r.commits, 'at').map((c) => this.commit(r, c)));
    if (what === 'releases') return page(newest(r.releases, 'at').map((x) => this.release(r, x)));
    if (what === 'actions') return page(newest(r.runs, 'created').map((x) => this.run(r, x)), (x) => ({ total_count: r.runs.length, workflow_runs: x }));
    if (what === 'issues') return page([...r.issues.map((x) => ({ t: x.closed ?? x.created, o: this.issue(r, x) })), ...r.pulls.map((p) => ({ t: p.updated, o: { ...this.issue(r, { ...p, closed: p.closed }), pull_request: { url: 'x' } } }))].sort((a, b) => b.t - a.t).map((x) => x.o));
    if (what === 'deployments' && !id) return page(newest(r.deployments, 'created').map((d) => this.deployment(r, d)));
    const d = r.deployments.find((x) => x.id === Number(id)), p = r.pulls.find((x) => x.number === Number(id));
    if (what === 'deployments' && d && rest === 'statuses') return page(newest(d.statuses, 'at').map((x) => this.status(r, d, x)));
    if (what === 'pulls' && p && rest === 'reviews') return page(p.reviews.map((x) => this.review(r, p, x)));
    if (what === 'pulls' && p && rest === 'commits') return page(p.commits.map((c) => this.commit(r, c)));
    send(404, { message: 'Not Found' });
  }
  hook(r, method, id, rest, did, path, body, send, page) {
    const h = r.hooks.find((x) => x.id === Number(id)), show = ({ id, name, active, events, config }) => ({ id, name, active, events, config: { ...config, secret: '********' } });
    if (method === 'GET' && !id) return page(r.hooks.map(show));
    if (method === 'POST' && !id) {
      if (r.hooks.some((x) => x.config.url === body.config.url)) return send(422, { message: 'Validation Failed', errors: [{ message: 'Hook already exists on this repository' }] });
      const made = { id: r.id * 10 + r.hooks.length + 1, ...body, deliveries: [] };
      r.hooks.push(made);
      return send(201, show(made));
    }
    if (!h) return send(404, { message: 'Not Found' });
    if (method === 'DELETE' && !rest) { r.hooks.splice(r.hooks.indexOf(h), 1); return send(204); }
    if (method === 'GET' && rest === 'deliveries') return page([...h.deliveries].sort((a, b) => b.id - a.id).map((x) => ({ id: x.id, guid: x.guid, delivered_at: new Date(x.at).toISOString(), redelivery: !!x.again, duration: 0.1, status: x.code < 300 ? 'OK' : 'Invalid HTTP Response', status_code: x.code, event: x.event, action: null })));
    const again = h.deliveries.find((x) => x.id === Number(did));
    if (method === 'POST' && path.endsWith('/attempts') && again) { h.attempts = [...(h.attempts ?? []), again.guid]; return send(202, {}); }
    send(404, { message: 'Not Found' });
  }
}
