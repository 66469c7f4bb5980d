// contract.mjs - answers of the API for tests of the pages: what a page asks is
// answered from a table and remembered, what is not in it goes to the server.
//
//	before: contract({ role: 'admin', … })	for openPage(); page.asked has [method, path, body]

import { ingestion } from './contract-ingestion.mjs';

const NOW = Date.now(), ago = (minutes) => new Date(NOW - minutes * 60000).toISOString();
const order = ['viewer', 'member', 'manager', 'admin', 'owner'];
const least = { see: 'viewer', connect: 'member', manage: 'manager', administer: 'admin', own: 'owner' };
export const rights = (role) => Object.keys(least).filter((r) => order.indexOf(role) >= order.indexOf(least[r]));
const list = (data, next = null) => ({ data, next });
export const problem = (status, title, errors) => ({ status, contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems/x', title, status, requestId: 'r1', ...(errors ? { errors } : {}) }) });

export const people = [
  ['1', 'Ada Lovelace', 'ada@acme.test', 'owner', 3], ['2', 'Grace Hopper', 'grace@acme.test', 'admin', 55], ['3', 'Barbara Liskov', 'barbara@acme.test', 'manager', 400],
  ['4', 'Ken Thompson', 'ken@acme.test', 'member', 1600], ['5', 'Margaret Hamilton-Featherstonehaugh', 'margaret.hamilton@very-long-domain.acme.test', 'member', 9000], ['6', 'Edsger Dijkstra', 'edsger@acme.test', 'viewer', null],
].map(([id, name, email, role, seen]) => ({ id, name, email, role, teams: id > 5 ? [] : [{ id: '1', name: 'Platform' }, ...(id === '3' ? [{ id: '2', name: 'Payments' }] : [])], joinedAt: ago(90000), lastSeenAt: seen === null ? null : ago(seen), github: null }));
export const teams = [['1', 'Platform', 'platform'], ['2', 'Payments', 'payments']].map(([id, name, slug]) => ({ id, name, slug, timeZone: 'Europe/Berlin', sprintLengthDays: 14, sprintStart: '2026-01-05', members: 4, repositories: 3, createdAt: ago(90000) }));
export const settings = { colours: { light: null, dark: null }, logo: null, flags: { forecast: true, attendance: false }, thresholds: { stalledPullRequestHours: 48, largePullRequestLines: 500 }, bots: ['renovate'], retention: { activityDays: null, auditDays: 400 }, holidays: ['2026-12-25'], personFigures: 'managers',
  known: { flags: [{ name: 'forecast', default: true, meaning: 'How many items by when' }, { name: 'attendance', default: false, meaning: 'Working hours' }], thresholds: [{ name: 'stalledPullRequestHours', default: 48, least: 1, most: 720, meaning: 'A ready pull request that nobody looked at is stalled' }, { name: 'largePullRequestLines', default: 500, least: 50, most: 10000, meaning: 'A pull request of more changed lines is large' }] } };

function table({ role, name, orgs, mine }) {
  const me = () => ({ id: mine, name, email: 'ada@acme.test', role, organisation: { id: '1', name: 'Acme Rockets', slug: 'acme' }, teams: [{ id: '1', name: 'Platform', slug: 'platform' }],
    rights: rights(role), organisations: orgs, emailVerified: true, hasPassword: true, github: null, profile: { timeZone: 'Europe/Berlin', theme: 'system', locale: 'en-GB' }, branding: { name: 'Acme Rockets', colours: { light: null, dark: null }, logo: null } });
  const login = () => ({ accessToken: 'a.b.c', expiresIn: 3600, user: { id: mine, name, email: 'ada@acme.test', role, orgId: '1' } });
  const device = (id, what, minutes, current = false) => ({ id, createdAt: ago(minutes + 3000), lastSeenAt: ago(minutes), expiresAt: ago(-9000), device: what, address: '192.0.2.' + id, current });
  return {
    'POST /auth/login': login, 'POST /auth/refresh': login, 'POST /auth/switch': login, 'GET /auth/me': me, 'POST /auth/logout': null,
    'GET /auth/providers': { password: true, github: true, signUp: 'open' },
    'POST /auth/register': [202, { status: 'verify' }], 'POST /auth/verify-email': login, 'POST /auth/resend-verification': [202, {}], 'POST /auth/forgot-password': [202, {}],
    'POST /auth/reset-password': null, 'POST /auth/change-password': null,
    'GET /auth/sessions': list([device('1', 'Firefox, Linux', 2, true), device('2', 'Safari, iPhone', 300), device('3', 'Pulse tracker', 9000)]), 'DELETE /auth/sessions/:id': null, 'DELETE /auth/sessions': null,
    'GET /auth/tokens': list([{ id: '1', name: 'Nightly report', scopes: ['read'], createdAt: ago(9000), expiresAt: ago(-90000), lastUsedAt: ago(700), hint: 'x9Qz' }]),
    'POST /auth/tokens': (body) => [201, { id: '2', name: body.name, scopes: body.scopes, createdAt: ago(0), expiresAt: ago(-60 * 24 * 90), lastUsedAt: null, hint: 'kLm4', token: 'pulse_pat_Zm9vYmFyYmF6cXV4kLm4' }], 'DELETE /auth/tokens/:id': null,
    'GET /auth/device': { client: 'Pulse tracker', device: 'Linux', address: '192.0.2.9', createdAt: ago(0), expiresAt: ago(-10) }, 'POST /auth/device': null, 'DELETE /auth/github': null,
    'GET /team': list(people), 'PATCH /team/:id/role': null, 'DELETE /team/:id': null, 'POST /team/invite': [201, { id: '9' }],
    'GET /invitations': list([{ id: '1', email: 'alan@acme.test', role: 'member', expiresAt: ago(-8000), expired: false, createdAt: ago(900), invitedBy: 'Ada Lovelace' }, { id: '2', email: 'radia@acme.test', role: 'manager', expiresAt: ago(100), expired: true, createdAt: ago(12000), invitedBy: null }]),
    'POST /invitations/:id/resend': null, 'DELETE /invitations/:id': null, 'POST /invitations/accept': { org: '1' },
    'GET /invitations/by-token': { organisation: 'Acme Rockets', email: 'alan@acme.test', role: 'manager', expired: false },
    'GET /teams': list(teams), 'POST /teams': [201, { ...teams[0], id: '3' }], 'GET /teams/:id': teams[0], 'PATCH /teams/:id': null, 'DELETE /teams/:id': null,
    'GET /teams/:id/members': list(people.slice(0, 3)), 'GET /teams/:id/repos': list([{ id: '1', fullName: 'acme/checkout' }, { id: '2', fullName: 'acme/ledger' }]), 'GET /organisations': list([{ id: '1', name: 'Acme Rockets', slug: 'acme', role: 'owner', current: true, deletedAt: ago(600), restoreUntil: ago(-42000) }]),
    'PUT /teams/:id/members/:user': null, 'DELETE /teams/:id/members/:user': null, 'PUT /teams/:id/repos/:repo': null, 'DELETE /teams/:id/repos/:repo': null,
    'POST /organisations': [201, { id: '2', name: 'Beta', slug: 'beta' }], 'GET /organisation': { id: '1', name: 'Acme Rockets', slug: 'acme', timeZone: 'Europe/Berlin', plan: 'team', createdAt: ago(90000), branding: null }, 'PATCH /organisation': null,
    'DELETE /organisation': [202, { deletedAt: ago(0) }], 'POST /organisation/restore': null, 'POST /organisation/transfer': null,
    'GET /settings/organisation': settings, 'PUT /settings/organisation': null, 'PUT /settings/profile': null, 'PUT /settings/logo': null, 'DELETE /settings/logo': null,
    'GET /plan': { plan: 'team', limits: { repositories: 50, members: 25, retentionDays: 400 }, usage: { repositories: 41, members: 25, invitations: 2 } },
    'GET /audit': (_, q) => list(Array.from({ length: 30 }, (_x, i) => ({ id: String(900 - i - Number(q.get('cursor') || 0)), at: ago(i * 37), actorId: people[i % 3].id, actor: people[i % 3].email, action: ['member.role-changed', 'session.began', 'invitation.sent', 'organisation.settings-changed'][i % 4], subject: people[(i + 2) % 6].email, detail: i % 4 ? {} : { from: 'member', to: 'manager' }, address: '192.0.2.7' })), Number(q.get('cursor') || 0) < 60 ? String(Number(q.get('cursor') || 0) + 30) : null),
    ...ingestion(),
    'GET /activity': { data: [], next: null, prev: null }, 'POST /activity/stream': { poll: 60 },
  };
}

// { role, signedIn, over: { 'GET /team': answer } }: an answer is an object (200),
// null (204), [status, object], a fulfilment with `status` and `body`, or a
// function (body, query) of one of these. A key without :id goes before one with.
export const contract = (options = {}) => async (page) => {
  const state = { role: 'owner', name: 'Ada Lovelace', mine: '1', signedIn: true, orgs: [{ id: '1', name: 'Acme Rockets', slug: 'acme', role: 'owner' }, { id: '2', name: 'Beta Works', slug: 'beta', role: 'viewer' }], ...options };
  page.asked = [];
  page.answers = {};
  if (state.signedIn) await page.addInitScript(() => localStorage.setItem('pulse.session', '1'));
  await page.route(/\/api\/v1\//, async (route) => {
    const request = route.request(), url = new URL(request.url()), path = url.pathname.replace('/api/v1', '');
    const rows = { ...table(state), ...state.over, ...page.answers };
    const wanted = `${request.method()} ${path}`;
    const key = wanted in rows ? wanted : Object.keys(rows).find((k) => new RegExp(`^${k.replace(/:\w+/g, '[^/]+')}$`).test(wanted));
    let body = null;
    try { body = request.postDataJSON(); } catch { body = request.postData(); }
    page.asked.push([request.method(), path + url.search, body]);
    if (!key) return route.continue();
    let answer = rows[key];
    if (typeof answer === 'function') answer = await answer(body, url.searchParams);
    if (answer === 'abort') return route.abort();
    if (answer === null) return route.fulfill({ status: 204 });
    if (answer.body !== undefined && answer.status) return route.fulfill(answer);
    const [status, json] = Array.isArray(answer) ? answer : [200, answer];
    return route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(json) });
  });
  page.become = (role) => { state.role = role; };
};
