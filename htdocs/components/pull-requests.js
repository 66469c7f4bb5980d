// pull-requests.js - the pull requests of a repository, as a panel; one of them
// with its reviews and commits in a dialog, which has an address (?pr=N).
//
//	pullRequests(repository, number)	number: to be shown at once
//	→ { element, follow(), leave() }	follow: there may be more now; who reads on is left there

import { h, icon, replace } from '../app/dom.js';
import { ago, full, number as n } from '../app/format.js';
import { api } from '../app/session.js';
import { dialog } from './dialog.js';
import { endless } from './endless.js';
import { words } from './form.js';
import { panel } from './panel.js';
import { safe } from './repo-acts.js';
import { empty, load } from './states.js';
import { Table } from './table.js';

const states = [['', 'All'], ['open', 'Open'], ['merged', 'Merged'], ['closed', 'Closed']];
const kinds = { open: 'good', merged: 'accent', closed: '' };
const reviewed = { approved: ['good', 'approved'], changes_requested: ['bad', 'changes requested'], commented: ['', 'commented'], dismissed: ['', 'dismissed'] };
const moment = (at) => h('time', { datetime: at, title: at ? full(at) : null }, ago(at, ''));
const stateTag = (p) => h('span', { class: `tag ${p.draft ? '' : kinds[p.state] || ''}` }, p.draft && p.state === 'open' ? 'draft' : p.state);
const size = (p) => p.additions === null || p.additions === undefined ? h('span', { class: 'soft' }, '–') : h('span', { class: 'size' }, h('span', { class: 'plus' }, `+${n(p.additions)}`), ' ', h('span', { class: 'minus' }, `−${n(p.deletions)}`));

function details(p) {
	const { reviews = [], commits = [] } = p;
	const lines = (rows, draw, nothing) => rows.length ? h('ul', { class: 'belongs' }, rows.map((r) => h('li', {}, draw(r)))) : h('p', { class: 'soft' }, nothing);
	return h('div', { class: 'stack' },
		h('p', { class: 'row' }, stateTag(p), h('span', { class: 'soft' }, `#${p.number} by ${p.author || 'somebody'}`), p.additions !== null && size(p)),
		h('dl', { class: 'facts' }, [['Opened', p.createdAt], ['Merged', p.mergedAt], ['Closed', p.mergedAt ? null : p.closedAt], ['Last changed', p.updatedAt]].filter(([, at]) => at).map(([name, at]) => h('div', {}, h('dt', {}, name), h('dd', {}, moment(at))))),
		h('h3', {}, 'Reviews'), lines(reviews, (r) => { const [kind, word] = reviewed[String(r.state).toLowerCase()] || ['', String(r.state).toLowerCase()]; return [h('span', {}, r.author || 'somebody', ' ', h('span', { class: `tag ${kind}` }, word)), moment(r.submittedAt)]; }, 'Nobody has reviewed it.'),
		h('h3', {}, 'Commits'), lines(commits, (c) => [h('span', {}, h('code', {}, c.sha.slice(0, 7)), ' ', String(c.message || '').split('\n')[0]), h('small', { class: 'soft' }, c.author || '')], 'Its commits are not read yet.'),
		safe(p.url) && h('div', {}, h('a', { class: 'button', href: safe(p.url), target: '_blank', rel: 'noopener noreferrer' }, icon('github'), 'Open it there')));
}

// The address says which one is shown, without a page being made anew.
function addressed(number) {
	const url = new URL(location.href);
	if (number) url.searchParams.set('pr', number); else url.searchParams.delete('pr');
	history.replaceState(null, '', url);
}
function show(p, whole = null) {
	const box = h('div', {}, whole && details(whole));
	addressed(p.number);
	dialog({ title: p.title, content: box, wide: true, closed: () => { if (new URLSearchParams(location.search).get('pr') === String(p.number)) addressed(null); } });
	if (!whole) load(box, () => api('GET', `/pull-requests/${p.id}`), (answer) => details({ ...p, ...answer }), { title: 'The pull request could not be loaded' });
}

export function pullRequests(repo, number) {
	let state = '';
	const path = (cursor) => `/repos/${repo.id}/pull-requests?${new URLSearchParams({ ...(state && { state }), ...(cursor && { cursor }) })}`;
	const none = () => empty({ level: 3, icon: 'pull_request', title: state ? `None is ${state}` : 'No pull requests yet', text: state ? null : 'They come with the history, and with each webhook.' });
	const table = new Table({ label: 'Pull requests', empty: none, columns: [
		{ name: 'Pull request', class: 'main', cell: (p) => h('div', {}, h('button', { type: 'button', class: 'as-link', onclick: () => show(p) }, h('strong', {}, p.title)), h('span', { class: 'soft' }, `#${p.number} by ${p.author || 'somebody'}`)) },
		{ name: 'State', cell: stateTag },
		{ name: 'Size', cell: size },
		{ name: 'Changed', class: 'when', cell: (p) => moment(p.updatedAt) },
	] });
	const list = endless({ title: 'The pull requests could not be loaded', ask: (cursor) => api('GET', path(cursor)), take(rows, first) { if (first) table.set(rows); else table.add(rows); return table.element; } });
	const filters = h('div', { class: 'row', role: 'group', 'aria-label': 'Which pull requests' });
	function draw() {
		replace(filters, states.map(([value, name]) => h('button', { type: 'button', class: 'chip', 'aria-pressed': String(value === state), onclick: () => { state = value; draw(); filters.querySelector('[aria-pressed=true]').focus(); list.again({ keep: true }); } }, name)));
	}
	draw();

	// A link names one by its number, its id is the repository's with that.
	const missing = h('p', { class: 'notice warn', role: 'status', hidden: true });
	const find = () => api('GET', `/pull-requests/${repo.id}-${number}`).then((p) => show(p, p), (problem) => {
		missing.hidden = false;
		missing.textContent = problem.status === 404 ? `Pull request #${number} was not read yet.` : `Pull request #${number} could not be loaded: ${words(problem)}`;
	});
	list.again();
	if (/^\d{1,18}$/.test(number || '')) find();
	return { follow: () => { if (list.pages < 2) list.again({ keep: true }); }, leave: list.leave, element: panel({ title: 'Pull requests', tools: filters }, missing, list.element) };
}
