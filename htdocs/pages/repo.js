// repo.js - one repository: how far it is read, its pull requests, its coverage,
// the tokens its builds report with. ?pr=N shows that pull request.

import { h, icon, replace } from '../app/dom.js';
import { ago, day, full } from '../app/format.js';
import { go } from '../app/router.js';
import { api, may } from '../app/session.js';
import { coverage } from '../components/coverage.js';
import { panel } from '../components/panel.js';
import { pullRequests } from '../components/pull-requests.js';
import { disconnect, mayAct, mayRead, readAnew, safe } from '../components/repo-acts.js';
import { repoTokens } from '../components/repo-tokens.js';
import { load } from '../components/states.js';
import { healthTag, isGoing, syncState, told, webhooks } from '../components/sync-state.js';

const ASKED = 10000, GATHER = 1000;
const sources = { github_app: 'the GitHub App', token: 'a token', oauth: 'a member\u2019s sign-in', webhook: 'webhooks only' };

export default function repo({ parts: [id], query }) {
	const box = h('div', { class: 'stack' }), title = h('span', {}, 'Repository'), tools = h('div', { class: 'topbar-tools' }), state = h('div', {}), spoken = h('p', { class: 'unseen', role: 'status' });
	let it = null, parts = [], heard = 0, waiting = 0;

	function drawTools() {
		const link = safe(it.url);
		replace(tools, link && h('a', { class: 'button', href: link, target: '_blank', rel: 'noopener noreferrer' }, icon('github'), `Open on ${it.host}`),
			mayRead(it) && h('button', { type: 'button', class: 'button', onclick: () => readAnew(it, become) }, icon('sync'), 'Read anew'),
			mayAct(it) && h('button', { type: 'button', class: 'button danger', onclick: () => disconnect(it, () => go('/dashboard/repos')) }, 'Disconnect'));
	}
	const fact = (name, value) => value && h('div', {}, h('dt', {}, name), h('dd', {}, value));
	function drawState() {
		replace(state, h('div', { class: 'repo-state' }, h('div', {}, h('h3', {}, 'History'), syncState(it.sync, it.fullName)), h('div', {}, h('h3', {}, 'Health'), healthTag(it))),
			h('dl', { class: 'facts' },
				fact('Read by', sources[it.source]), fact('Webhook', it.webhook === 'none' ? 'none' : webhooks[it.webhook]?.replace('webhook ', '')),
				fact('Branch', it.defaultBranch), fact('Connected', h('span', { title: full(it.connectedAt) }, day(it.connectedAt))),
				fact('Last activity', h('span', { title: it.lastActivityAt ? full(it.lastActivityAt) : null }, ago(it.lastActivityAt))),
				fact('Teams', it.teams.length ? it.teams.map((t) => may('administer') ? h('a', { class: 'tag', href: `/dashboard/settings/teams/${t.id}` }, t.name) : h('span', { class: 'tag' }, t.name)) : 'none')));
	}
	function become(now) {
		if (isGoing(it.sync) && now.sync?.state === 'FINISHED') { spoken.textContent = `${now.fullName} is read.`; parts.forEach((p) => p.follow?.()); }
		it = now;
		drawState();
		drawTools();
	}
	function draw(answer) {
		it = answer;
		title.textContent = it.fullName;
		document.title = `${it.fullName} · Pulse`;
		drawState();
		drawTools();
		parts = [pullRequests(it, query.get('pr')), coverage(it), may('connect') && repoTokens(it)].filter(Boolean);
		return [panel({ title: 'State', text: [it.private && 'Private.', it.archived && 'Archived.'].filter(Boolean).join(' ') || null }, state), ...parts.map((p) => p.element)];
	}
	const ask = () => api('GET', `/repos/${id}`).then((now) => { if (it) become(now); }, (problem) => { if (problem.status === 404) go('/dashboard/repos'); });
	function soon() {
		clearTimeout(waiting);
		waiting = setTimeout(ask, GATHER);
	}
	function progress(data) {
		const now = it && data.unit === it.id && told(it.sync, data);
		if (!now) return;
		heard = Date.now();
		if (now.state !== it.sync?.state) soon();
		become({ ...it, sync: now });
	}
	const clock = setInterval(() => { if (it && !document.hidden && isGoing(it.sync) && Date.now() - heard > ASKED) ask(); }, ASKED);

	load(box, () => api('GET', `/repos/${id}`), draw, { title: 'The repository could not be loaded', lines: 8 });
	return { title: 'Repository', progress, changed: (of) => { if (it && (!of || of === 'repositories')) soon(); }, rights: () => { if (it) drawTools(); },
		leave() { clearInterval(clock); clearTimeout(waiting); parts.forEach((p) => p.leave?.()); },
		element: h('div', { class: 'stack' }, h('a', { class: 'back', href: '/dashboard/repos' }, '← All repositories'), h('div', { class: 'topbar' }, h('div', { class: 'topbar-name' }, h('h1', {}, title)), tools), spoken, box) };
}
