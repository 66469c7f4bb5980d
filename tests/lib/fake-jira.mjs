// fake-jira.mjs - a Jira for tests and the demo, over a socket, as strict as
// the real one: Cloud's search with tokens (and 410 where the old one was),
// Data Center's, the changelog in bulk, boards and sprints, worklogs, limits,
// slow answers, tokens that end, and signed webhooks.
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import http from 'node:http';

const STATUSES = [['1', 'To do', 'new'], ['3', 'Doing', 'indeterminate'], ['5', 'Done', 'done']].map(([id, name, key]) => ({ id, name, statusCategory: { key } }));
const iso = (ms) => new Date(ms).toISOString().replace('Z', '+0000');

export class FakeJira {
  constructor({ cloud = true, account = 'ann@acme.test', token = 'a-token-of-jira', name = 'Ann' } = {}) {
    Object.assign(this, { cloud, account, token, name, issues: new Map(), sprints: new Map(), worklogs: new Map(), gone: [], asked: [], pages: new Map(), next: 1 });
    // What goes wrong: limit {every, seconds}, slowAbove: issues a page that it never answers, down, oneBad: an issue of no sense.
    this.misbehave = {};
    this.bearers = new Set();
    this.refresh = null;
    this.points = 'customfield_10016';
    this.sprintField = 'customfield_10020';
    this.server = http.createServer((req, res) => this.take(req, res).catch((e) => this.json(res, 500, { errorMessages: [String(e)] })));
  }

  start() { return new Promise((ok) => this.server.listen(0, '127.0.0.1', () => { this.url = `http://127.0.0.1:${this.server.address().port}`; ok(this); })); }
  stop() { this.server.closeAllConnections(); return new Promise((ok) => this.server.close(ok)); }

  // --- what there is

  sprint(id, { name = 'Sprint ' + id, state = 'future', board = 1, start, end, complete } = {}) {
    const s = { id, self: `${this.url}/rest/agile/1.0/sprint/${id}`, name, state, originBoardId: board, ...(start && { startDate: start }), ...(end && { endDate: end }), ...(complete && { completeDate: complete }) };
    this.sprints.set(id, s);
    return s;
  }

  // An issue, or a change of one: each change is a line of its history.
  issue(id, { at = Date.now(), status = '1', points = null, sprints = [], summary = 'Issue ' + id, project = 'PAY' } = {}) {
    const i = { id: String(id), key: `${project}-${id}`, summary, project, status, points, sprints, created: at, updated: at, history: [] };
    this.issues.set(id, i);
    return i;
  }

  change(id, at, { status, points, sprints, summary }) {
    const i = this.issues.get(id), items = [];
    const item = (field, fieldId, from, fromString, to, toString) => items.push({ field, fieldtype: 'jira', ...(this.cloud && { fieldId }), from, fromString, to, toString });
    if (status) { item('status', 'status', i.status, STATUSES.find((s) => s.id === i.status).name, status, STATUSES.find((s) => s.id === status).name); i.status = status; }
    if (points !== undefined) { item(this.cloud ? 'Story point estimate' : 'Story Points', this.points, null, i.points === null ? '' : String(i.points), null, points === null ? '' : String(points)); i.points = points; }
    if (sprints) { item('Sprint', this.sprintField, i.sprints.join(', '), '', sprints.join(', '), ''); i.sprints = sprints; }
    if (summary) { item('summary', 'summary', null, i.summary, null, summary); i.summary = summary; }
    const line = { id: String(100000 + this.next++), created: at, items };
    i.history.push(line);
    i.updated = Math.max(i.updated, at);
    return line;
  }

  // For good: nothing but a webhook will tell of it.
  remove(id) { const i = this.issues.get(id); this.issues.delete(id); return i; }

  worklog(id, issue, seconds, at = Date.now()) { this.worklogs.set(id, { id: String(id), issueId: String(issue), author: this.person(), started: iso(at), updated: iso(at), timeSpentSeconds: seconds, at }); }
  removeWorklog(id, at = Date.now()) { this.worklogs.delete(id); this.gone.push({ worklogId: id, updatedTime: at }); }

  person() { return this.cloud ? { accountId: '5b10ac8d82e05b22cc7d4ef5', displayName: this.name } : { key: 'JIRAUSER10100', name: 'ann', displayName: this.name }; }

  // --- how it is written

  fields(i, wanted) {
    const sprint = (id) => { const s = this.sprints.get(id); return this.cloud ? { ...s, boardId: s.originBoardId, self: undefined, originBoardId: undefined }
      : `com.atlassian.greenhopper.service.sprint.Sprint@1f[id=${s.id},rapidViewId=${s.originBoardId},state=${s.state.toUpperCase()},name=${s.name},startDate=${s.startDate ?? '<null>'},endDate=${s.endDate ?? '<null>'},completeDate=${s.completeDate ?? '<null>'},sequence=${s.id}]`; };
    const all = { summary: i.summary, created: iso(i.created), updated: iso(i.updated), resolutiondate: i.status === '5' ? iso(i.updated) : null,
      project: { id: '10', key: i.project, name: i.project + ' project' }, issuetype: { id: '1', name: 'Story', subtask: false }, status: STATUSES.find((s) => s.id === i.status), priority: { name: 'Medium' },
      assignee: this.person(), reporter: this.person(), parent: null, issuelinks: [], [this.points]: i.points, [this.sprintField]: i.sprints.length ? i.sprints.map(sprint) : null };
    return Object.fromEntries(Object.entries(all).filter(([k]) => !wanted || wanted.includes(k)));
  }

  written(i, wanted, history) {
    const bad = this.misbehave.oneBad === Number(i.id);
    return { id: i.id, key: i.key, self: `${this.url}/rest/api/3/issue/${i.id}`, fields: bad ? { summary: { not: 'text' } } : this.fields(i, wanted),
      ...(history && { changelog: { startAt: 0, maxResults: i.history.length, total: i.history.length, histories: i.history.map((h) => ({ ...h, created: iso(h.created), author: this.person() })) } }) };
  }

  // A webhook as it is sent: signed over its bytes.
  webhook(secret, event, id, line) {
    const i = typeof id === 'object' ? id : this.issues.get(id);
    const body = JSON.stringify({ timestamp: i.updated, webhookEvent: event, issue_event_type_name: 'issue_generic', user: this.person(), issue: this.written(i),
      ...(line && { changelog: { id: line.id, items: line.items } }) });
    return { body, headers: { 'content-type': 'application/json', 'x-atlassian-webhook-identifier': randomUUID(), 'x-hub-signature': 'sha256=' + createHmac('sha256', secret).update(body).digest('hex') } };
  }

  // --- answering

  json(res, status, value, headers = {}) { res.writeHead(status, { 'content-type': 'application/json', ...headers }); res.end(JSON.stringify(value)); }
  wrong(res, status, ...errorMessages) { this.json(res, status, { errorMessages, errors: {} }); }

  async take(req, res) {
    const parts = [];
    for await (const part of req) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const [path, query] = req.url.split('?');
    this.asked.push({ method: req.method, path, at: Date.now() });
    const body = text ? JSON.parse(text) : {}, q = new URLSearchParams(query);
    if (path === '/oauth/token') return this.renew(body, res);
    if (this.misbehave.down) return this.wrong(res, this.misbehave.down, 'out of order');
    if (path.endsWith('/serverInfo')) return this.json(res, 200, { baseUrl: this.url, version: '1001.0.0', deploymentType: this.cloud ? 'Cloud' : 'Server' });
    const basic = 'Basic ' + Buffer.from(`${this.account}:${this.token}`).toString('base64'), given = req.headers.authorization || '';
    if (given !== basic && given !== 'Bearer ' + (this.cloud ? '-' : this.token) && !this.bearers.has(given.replace(/^Bearer /, ''))) return this.wrong(res, 401, 'Client must be authenticated to access this resource.');
    const limit = this.misbehave.limit;
    if (limit && this.asked.length % limit.every === 0) return this.json(res, 429, { errorMessages: ['Rate limit exceeded.'] }, { 'retry-after': String(limit.seconds), 'x-ratelimit-reset': iso(Date.now() + limit.seconds * 1000) });
    const m = /^\/rest\/(api\/[23]|agile\/1\.0)\/(.*)$/.exec(path);
    if (!m || (m[1] === 'api/3' && !this.cloud)) return this.wrong(res, 404, 'null for uri: ' + path);
    const route = { field: 'allFields', status: 'allStatuses', myself: 'myself', project: 'projects', 'project/search': 'projectPage', search: 'oldSearch', 'search/jql': 'newSearch',
      'search/approximate-count': 'count', 'changelog/bulkfetch': 'bulk', board: 'boards', 'worklog/updated': 'logIds', 'worklog/list': 'logs', 'worklog/deleted': 'logsGone' }[m[2]];
    const sprints = /^board\/(\d+)\/sprint$/.exec(m[2]);
    if (sprints) return this.boardSprints(Number(sprints[1]), q, res);
    return route ? this[route](body, q, res) : this.wrong(res, 404, 'null for uri: ' + path);
  }

  // Each refresh token is good once, and what it was for with it.
  renew(body, res) {
    if (body.grant_type !== 'refresh_token' || !this.refresh || body.refresh_token !== this.refresh) return this.json(res, 403, { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' });
    this.refresh = 'refresh-' + randomBytes(300).toString('hex');
    this.bearers = new Set(['access-' + randomBytes(500).toString('hex')]);
    this.json(res, 200, { access_token: [...this.bearers][0], refresh_token: this.refresh, expires_in: 3600, token_type: 'Bearer', scope: 'read:jira-work offline_access' });
  }

  myself(b, q, res) { this.json(res, 200, { ...this.person(), emailAddress: this.account, timeZone: 'Asia/Kathmandu' }); }
  allStatuses(b, q, res) { this.json(res, 200, STATUSES); }
  allFields(b, q, res) {
    this.json(res, 200, [{ id: 'summary', name: 'Summary', custom: false }, { id: this.points, name: this.cloud ? 'Story point estimate' : 'Story Points', custom: true, schema: { type: 'number', custom: 'com.atlassian.jira.plugin.system.customfieldtypes:float' } },
      { id: this.sprintField, name: 'Sprint', custom: true, schema: { type: 'array', custom: 'com.pyxis.greenhopper.jira:gh-sprint' } }]);
  }
  projects(b, q, res) { this.json(res, 200, [{ id: '10', key: 'PAY', name: 'PAY project' }]); }
  projectPage(b, q, res) { this.json(res, 200, { startAt: Number(q.get('startAt')), maxResults: 50, total: 1, isLast: true, values: Number(q.get('startAt')) ? [] : [{ id: '10', key: 'PAY', name: 'PAY project' }] }); }

  // "updated >= -90m ORDER BY updated DESC" is what it knows of JQL.
  find(jql) {
    const m = /^updated >= -(\d+)m(?: ORDER BY updated DESC)?$/.exec(jql ?? '');
    if (!m) return null;
    const since = Date.now() - Number(m[1]) * 60000;
    return [...this.issues.values()].filter((i) => i.updated >= since).sort((a, b) => b.updated - a.updated || Number(b.id) - Number(a.id));
  }

  oldSearch(body, q, res) {
    if (this.cloud) return this.wrong(res, 410, 'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.');
    const found = this.find(body.jql), start = body.startAt ?? 0;
    if (!found) return this.wrong(res, 400, 'Error in the JQL Query');
    const size = Math.min(body.maxResults ?? 50, 1000), page = found.slice(start, start + size);
    if (this.misbehave.slowAbove < page.length) return;
    this.json(res, 200, { startAt: start, maxResults: size, total: found.length, issues: page.map((i) => this.written(i, body.fields, body.expand?.includes('changelog'))) });
  }

  count(body, q, res) { const found = this.find(body.jql); if (found) this.json(res, 200, { count: found.length }); else this.wrong(res, 400, 'Unbounded JQL queries are not allowed here.'); }

  newSearch(body, q, res) {
    if (!this.cloud) return this.wrong(res, 404, 'null for uri');
    const found = this.find(body.jql), ids = !body.fields || body.fields.join() === 'id';
    if (!found) return this.wrong(res, 400, 'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.');
    let start = 0;
    if (body.nextPageToken) {
      const place = this.pages.get(body.nextPageToken);
      if (!place || place.jql !== body.jql) return this.wrong(res, 400, 'Invalid nextPageToken');
      // Behind the last that was given, in the order as it is now.
      start = found.findIndex((i) => i.updated < place.updated || (i.updated === place.updated && Number(i.id) < place.id));
      if (start < 0) start = found.length;
    }
    const page = found.slice(start, start + Math.min(body.maxResults ?? 50, ids ? 5000 : 100));
    if (!ids && this.misbehave.slowAbove < page.length) return;
    const last = page.at(-1), more = start + page.length < found.length;
    let token;
    if (more) { token = randomBytes(40).toString('base64url'); this.pages.set(token, { jql: body.jql, updated: last.updated, id: Number(last.id) }); }
    this.json(res, 200, { issues: page.map((i) => ids ? { id: i.id } : this.written(i, body.fields)), ...(more ? { nextPageToken: token, isLast: false } : { isLast: true }) });
  }

  bulk(body, q, res) {
    const { issueIdsOrKeys: ids = [], fieldIds = [], maxResults = 1000, nextPageToken = '0' } = body;
    if (!ids.length || ids.length > 1000 || fieldIds.length > 10 || ids.some((x) => typeof x !== 'string')) return this.wrong(res, 400, 'Invalid request payload');
    const all = ids.flatMap((id) => (this.issues.get(Number(id))?.history ?? []).map((h) => ({ id, h: { ...h, items: h.items.filter((x) => !fieldIds.length || fieldIds.includes(x.fieldId)) } }))).filter((x) => x.h.items.length);
    const start = Number(nextPageToken), page = all.slice(start, start + maxResults), byIssue = new Map();
    for (const { id, h } of page) byIssue.set(id, [...(byIssue.get(id) ?? []), { id: h.id, author: this.person(), created: h.created, items: h.items }]);
    this.json(res, 200, { issueChangeLogs: [...byIssue].map(([issueId, changeHistories]) => ({ issueId, changeHistories })), ...(start + page.length < all.length && { nextPageToken: String(start + page.length) }) });
  }

  boards(b, q, res) { this.json(res, 200, { maxResults: 50, startAt: 0, total: 2, isLast: true, values: [{ id: 1, name: 'Scrum', type: 'scrum' }, { id: 2, name: 'Kanban', type: 'kanban' }] }); }
  boardSprints(board, q, res) {
    if (board !== 1) return this.wrong(res, 400, 'The board does not support sprints');
    const start = Number(q.get('startAt') ?? 0), all = [...this.sprints.values()], values = all.slice(start, start + Number(q.get('maxResults') ?? 50));
    this.json(res, 200, { maxResults: 50, startAt: start, isLast: start + values.length >= all.length, values });
  }
  logIds(b, q, res) { const since = Number(q.get('since')); const v = [...this.worklogs.values()].filter((w) => w.at >= since); this.json(res, 200, { values: v.map((w) => ({ worklogId: Number(w.id), updatedTime: w.at })), since, until: Date.now(), lastPage: true }); }
  logs(body, q, res) { this.json(res, 200, body.ids.map((id) => this.worklogs.get(id)).filter(Boolean)); }
  logsGone(b, q, res) { const since = Number(q.get('since')); this.json(res, 200, { values: this.gone.filter((w) => w.updatedTime >= since), since, until: Date.now(), lastPage: true }); }
}
