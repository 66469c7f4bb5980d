// coverage.js - how much of a repository its tests run, by commit, as a panel;
// the files of a commit in a dialog.

import { h } from '../app/dom.js';
import { ago, full, number } from '../app/format.js';
import { api } from '../app/session.js';
import { dialog } from './dialog.js';
import { endless } from './endless.js';
import { panel } from './panel.js';
import { empty } from './states.js';
import { Table } from './table.js';

const share = (c) => c.percent ?? (c.lines ? 100 * c.covered / c.lines : null);
const percent = (c) => share(c) === null ? '–' : `${Number(share(c)).toFixed(1)} %`;
const meter = (c, name) => h('div', { class: 'sync' }, share(c) !== null && h('progress', { max: 100, value: share(c), 'aria-label': `Coverage of ${name}` }), h('span', { class: 'soft' }, percent(c)));
const lines = (c) => `${number(c.covered)} of ${number(c.lines)}`;

function paged(table, path, title) {
	const list = endless({ title, lines: 2, ask: (cursor) => api('GET', `${path}${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`), take(rows, first) { if (first) table.set(rows); else table.add(rows); return table.element; } });
	list.again();
	return list;
}

function files(repo, c) {
	const table = new Table({ label: 'Files', key: (f) => `${f.part || ''} ${f.path}`, empty: () => h('p', { class: 'soft' }, 'The report named no files.'), columns: [
		{ name: 'File', class: 'main', cell: (f) => h('div', {}, h('code', {}, f.path), f.part && h('span', { class: 'soft' }, f.part)) },
		{ name: 'Lines', cell: lines },
		{ name: 'Covered', cell: (f) => meter(f, f.path) },
	] });
	const list = paged(table, `/repos/${repo.id}/coverage/${c.sha}`, 'The files could not be loaded');
	dialog({ title: `Coverage at ${c.sha.slice(0, 7)}`, text: `${percent(c)}, ${lines(c)} lines.`, content: list.element, wide: true, closed: list.leave });
}

export function coverage(repo) {
	const table = new Table({ label: 'Coverage', key: (c) => c.sha, empty: () => empty({ level: 3, icon: 'shield', title: 'No coverage yet', text: 'A build sends its report with a token: Cobertura, lcov, Go cover or JSON.' }), columns: [
		{ name: 'Commit', class: 'main', cell: (c) => h('div', {}, h('button', { type: 'button', class: 'as-link', 'aria-label': `Files at ${c.sha.slice(0, 7)}`, onclick: () => files(repo, c) }, h('code', {}, c.sha.slice(0, 7))), c.branch && h('span', { class: 'soft' }, c.branch)) },
		{ name: 'Covered', cell: (c) => meter(c, c.sha.slice(0, 7)) },
		{ name: 'Lines', cell: lines },
		{ name: 'Sent', class: 'when', cell: (c) => h('span', { title: full(c.uploadedAt) }, ago(c.uploadedAt)) },
	] });
	const list = paged(table, `/repos/${repo.id}/coverage`, 'The coverage could not be loaded');
	return { leave: list.leave, element: panel({ title: 'Coverage', text: 'By commit, as its builds tell.' }, list.element) };
}
