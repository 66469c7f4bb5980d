// contract-ingestion.mjs - answers for the pages of repositories, integrations,
// jobs and dead letters, as contract.mjs takes them.

const NOW = Date.now(), ago = (minutes) => new Date(NOW - minutes * 60000).toISOString();
const problem = (status, title) => ({ status, contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems/x', title, status }) });
const list = (data, next = null, more = {}) => ({ data, next, ...more });

const sync = (state, more = {}) => ({ state, progress: state === 'FINISHED' ? 100 : 0, phase: '90 days', lastSyncedAt: state === 'FINISHED' ? ago(4) : null, message: null, retryAt: null, ...more });
const repo = (id, fullName, more = {}) => ({ id: String(id), fullName, host: 'github.com', url: `https://github.com/${fullName}`, defaultBranch: 'main', private: false, archived: false, connectedAt: ago(9000), connectedBy: '1', teams: [{ id: '1', name: 'Platform' }], lastActivityAt: ago(id * 7), source: 'github_app', sync: sync('FINISHED'), health: 'ok', webhook: 'active', ...more });
export const repos = [
  repo(1, 'acme/checkout', { private: true }),
  repo(2, 'acme/ledger', { sync: sync('ACTIVE', { progress: 42, phase: '30 days' }), teams: [{ id: '1', name: 'Platform' }, { id: '2', name: 'Payments' }] }),
  repo(3, 'acme/search', { sync: sync('PENDING', { phase: '30 days' }), lastActivityAt: null, teams: [], connectedBy: '4' }),
  repo(4, 'acme/warehouse-of-the-very-long-names-that-somebody-once-gave', { sync: sync('PAUSED', { progress: 63, message: 'less than a tenth of the rate limit is left', retryAt: ago(-14) }), health: 'stale', webhook: 'missing' }),
  repo(5, 'acme/legacy', { host: 'git.acme.test', url: 'https://git.acme.test/acme/legacy', archived: true, source: 'token', sync: sync('FAILED', { message: 'the token was refused' }), health: 'failing', webhook: 'failing' }),
  repo(6, 'acme/docs', { source: 'webhook', sync: null, webhook: 'none' }),
];
const available = [['101', 'acme/api', true], ['102', 'acme/app', false], ['103', 'acme/checkout', true], ['104', 'acme/infrastructure', true], ['105', 'beta/site', false]]
  .map(([githubId, fullName, hidden], i) => ({ githubId, host: 'github.com', fullName, private: hidden, archived: false, pushedAt: ago(50 + i * 4000), connected: fullName === 'acme/checkout', via: '1' }));
const pulls = [['open', 142, 'Take the currency from the order', 512, 40], ['merged', 141, 'Retry a payment once', 12, 3], ['closed', 140, 'Try another ledger', 1900, 1700], ['open', 139, 'A draft of invoices', null, null]]
  .map(([state, number, title, additions, deletions], i) => ({ id: `2-${number}`, repository: '2', bot: i === 2, mergedBy: null, headRef: 'work', baseRef: 'main', changedFiles: 3, commitCount: 2, number, title, state, draft: number === 139, author: ['ann', 'ben', 'renovate[bot]'][i % 3], createdAt: ago(4000 + i), updatedAt: ago(60 + i * 400), closedAt: state === 'open' ? null : ago(100), mergedAt: state === 'merged' ? ago(100) : null, additions, deletions, url: `https://github.com/acme/checkout/pull/${number}` }));
const covered = [['3f9c2ab', 4210, 3711], ['88d01e4', 4190, 3600]].map(([sha, lines, hit], i) => ({ sha: sha.padEnd(40, '0'), branch: 'main', lines, covered: hit, percent: Math.round(1000 * hit / lines) / 10, files: 2, uploadedAt: ago(70 + 900 * i) }));
const integration = (id, kind, name, more = {}) => ({ id: String(id), kind, host: 'github.com', name, state: 'ok', message: null, lastUsedAt: ago(2), createdAt: ago(90000), budget: null, ...more });
export const integrations = [
  integration(1, 'github_app', 'acme', { budget: { limit: 12500, remaining: 11240, resetAt: ago(-31) } }), integration(2, 'github_app', 'acme-labs', { budget: { limit: 5000, remaining: 310, resetAt: ago(-12) } }),
  integration(3, 'github_token', 'Enterprise', { host: 'git.acme.test', state: 'failing', message: 'refused: 401 since Tuesday', lastUsedAt: ago(2000) }),
  integration(5, 'webhook', 'Deploy robot'),
];
export const sites = [integration(4, 'jira_token', 'acme', { host: 'acme.atlassian.net', url: 'https://acme.atlassian.net', deployment: 'cloud', pointsField: 'customfield_10016', sprintField: 'customfield_10020', sync: { state: 'ACTIVE', progress: 64, lastSyncedAt: null, message: null, retryAt: null } })];
const job = (name, title, schedule, state, more = {}) => ({ name, title, schedule, state, lastRun: { startedAt: ago(7), finishedAt: ago(6), state: state === 'FAILED' ? 'FAILED' : 'FINISHED', message: null }, nextDueAt: ago(-5), progress: null, paused: false, mayRun: true, overdue: false, ...more });
export const jobs = [
  job('process-deliveries', 'Read what waits', 'every minute', 'FINISHED'),
  job('backfill-repos', 'Read the history of repositories', 'every minute', 'ACTIVE', { progress: 37, lastRun: { startedAt: ago(12), finishedAt: null, state: 'ACTIVE', message: null } }),
  job('sync-github', 'Ask GitHub for what was missed', 'every 30 minutes', 'FINISHED', { paused: true, nextDueAt: null }),
  job('sync-jira', 'Ask Jira for what was missed', 'every 30 minutes', 'FAILED', { lastRun: { startedAt: ago(45), finishedAt: ago(44), state: 'FAILED', message: 'acme.atlassian.net did not answer within 30 s' } }),
  job('score-risk', 'Sprint risk', 'every 4 hours, 8–20 h where the team is', 'FINISHED', { overdue: true, lastRun: { startedAt: ago(700), finishedAt: ago(699), state: 'FINISHED', message: null } }),
  job('clean-up', 'Retention', 'daily at 02:00 UTC', 'PENDING', { lastRun: null, mayRun: false }),
];
const letter = (id, event, reason, more = {}) => ({ id: String(id), receivedAt: ago(id * 90), source: 'github', event, guid: `0f4b8c1e-0000-4000-8000-${String(id).padStart(12, '0')}`, reason, attempts: 6, size: 18231, repository: 'acme/checkout', ...more });
export const letters = [letter(1, 'pull_request', 'pull_request.created_at is missing'), letter(2, 'deployment_status', 'the plan has room for 10 repositories; this would be number 11', { repository: 'acme/robot' }), letter(3, 'issues', 'issue.number is not a number', { source: 'jira', attempts: 1, repository: null, size: 640 })];

export const ingestion = () => ({
  'GET /repos/available': (_, q) => list(available.filter((r) => r.fullName.includes(q.get('q') || '')), null, { refreshedAt: ago(4), refreshing: false }),
  'POST /repos/connect': (body) => [202, { connected: body.pattern ? 2 : body.repositories.length, data: (body.repositories || ['101', '102']).map((id) => ({ id })) }],
  'GET /repos': (_, q) => list(repos.filter((r) => r.fullName.includes(q.get('q') || ''))),
  'GET /repos/:id/sync': sync('FINISHED'), 'POST /repos/:id/sync': [202, sync('PENDING')], 'POST /repos/:id/disconnect': null,
  'GET /repos/:id/pull-requests': (_, q) => list(pulls.filter((p) => !q.get('state') || p.state === q.get('state'))),
  'GET /pull-requests/2-7': problem(404, 'Not found'), 'GET /pull-requests/:id': { ...pulls[0], reviews: [{ author: 'ben', state: 'approved', submittedAt: ago(80) }, { author: 'eve', state: 'changes_requested', submittedAt: ago(180) }], commits: [{ sha: 'ab12cd34'.padEnd(40, '0'), message: 'Take the currency\n\nfrom the order', author: 'ann' }] },
  'GET /repos/:id/coverage': list(covered), 'GET /repos/:id/coverage/:sha': list([{ path: 'src/order.c', lines: 120, covered: 118, percent: 98.3 }, { path: 'src/payment/refund-of-a-very-long-path.c', lines: 80, covered: 12, percent: 15 }]),
  'GET /repos/:id/tokens': list([{ id: '1', name: 'CI', hint: 'x9Qz', createdAt: ago(9000), lastUsedAt: ago(40) }]), 'POST /repos/:id/tokens': (body) => [201, { id: '2', name: body.name, hint: 'kLm4', createdAt: ago(0), lastUsedAt: null, token: 'pulse_repo_Zm9vYmFyYmF6cXV4kLm4' }], 'DELETE /repos/:id/tokens/:token': null,
  'GET /repos/:id': { ...repos[1], id: '2' },
  'GET /integrations/github/install': { url: 'https://github.com/apps/pulse/installations/new' },
  'GET /integrations/jira': list(sites), 'POST /integrations/jira': (body) => [201, { integration: { ...sites[0], id: '9', host: body.host }, webhook: { path: '/api/v1/webhooks/jira/9', secret: 'sEcReT' } }], 'PATCH /integrations/jira/:id': sites[0], 'DELETE /integrations/jira/:id': null,
  'GET /integrations': list(integrations), 'POST /integrations': (body) => [201, integration(9, body.kind, body.host)], 'PATCH /integrations/:id': integrations[2], 'DELETE /integrations/:id': null,
  'GET /jobs/runs': (_, q) => list(Array.from({ length: 20 }, (_x, i) => ({ id: String(500 - i - Number(q.get('cursor') || 0)), job: q.get('job') || jobs[i % 4].name, startedAt: ago(7 + i * 30), finishedAt: i ? ago(6 + i * 30) : null, state: i ? i % 4 === 3 ? 'FAILED' : 'FINISHED' : 'ACTIVE', message: i % 4 === 3 ? 'acme.atlassian.net did not answer within 30 s' : null, counted: i % 4 === 1 ? { pull_requests: 1204, reviews: 3310, calls: 88 } : {} })), Number(q.get('cursor') || 0) < 40 ? String(Number(q.get('cursor') || 0) + 20) : null),
  'GET /jobs': list(jobs), 'POST /jobs/:name/run': [202, {}], 'POST /jobs/:name/pause': null, 'POST /jobs/:name/resume': null,
  'POST /dead-letters/replay': [202, {}], 'GET /dead-letters': (_, q) => list(letters.filter((l) => !q.get('event') || l.event === q.get('event')), null, { count: letters.length }),
  'GET /dead-letters/:id': { ...letters[0], body: JSON.stringify({ action: 'opened', pull_request: { number: 142, title: 'Take the <currency> from the order', user: { login: 'ann' } }, repository: { full_name: 'acme/checkout' } }), bodyCut: false },
  'POST /dead-letters/:id/replay': { outcome: 'waiting' }, 'DELETE /dead-letters/:id': null,
});
