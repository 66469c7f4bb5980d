// tokens.js - personal access tokens: made for a program, shown once, taken back.

import { h, icon, replace } from '../../app/dom.js';
import { ago, day, full } from '../../app/format.js';
import { everything } from '../../app/lists.js';
import { api } from '../../app/session.js';
import { copyable } from '../../components/copy.js';
import { ask, confirm } from '../../components/dialog.js';
import { field } from '../../components/field.js';
import { heading } from '../../components/heading.js';
import { panel } from '../../components/panel.js';
import { empty, load } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';

const scopes = { read: 'Read', write: 'Read and write', live: 'Read and live connection' };
const asked = { read: ['read'], write: ['read', 'write'], live: ['read', 'live'] };
const lives = [[30, '30 days'], [90, '90 days'], [180, 'Half a year'], [365, 'A year']];
const DAY = 86400000;

export default function tokens() {
	const box = h('div', {}), fresh = h('div', {});
	const make = h('button', { type: 'button', class: 'button primary', onclick: begin }, icon('plus'), 'New token');
	const table = new Table({ label: 'Personal access tokens', empty: () => empty({ icon: 'key', title: 'No tokens yet', text: 'A token lets a script, the command line or a dashboard of yours ask Pulse in your name. It may never more than you may.' }), columns: [
		{ name: 'Name', class: 'main', cell: (t) => h('div', {}, h('strong', {}, t.name), h('code', { class: 'soft' }, `pulse_pat_…${t.hint || ''}`)) },
		{ name: 'May', cell: (t) => t.scopes.map((s) => h('span', { class: 'tag' }, s)) },
		{ name: 'Last used', cell: (t) => h('span', { title: t.lastUsedAt ? full(t.lastUsedAt) : null }, ago(t.lastUsedAt)) },
		{ name: 'Ends', cell: (t) => !t.expiresAt ? 'never' : h('span', { class: new Date(t.expiresAt) - Date.now() < 7 * DAY ? 'tag warn' : null, title: full(t.expiresAt) }, new Date(t.expiresAt) < Date.now() ? 'has ended' : day(t.expiresAt)) },
		{ name: 'Actions', unseen: true, class: 'acts', cell: (t) => h('button', { type: 'button', class: 'button small', 'aria-label': `Revoke ${t.name}`, onclick: () => revoke(t) }, 'Revoke') },
	] });

	function begin() {
		ask({ title: 'A new token', text: 'It is shown once, after this.', submit: 'Make the token', fields: [
			field({ name: 'name', label: 'What is it for?', required: true, maxlength: 100, autocomplete: 'off' }),
			field({ name: 'scopes', label: 'It may', type: 'select', options: Object.entries(scopes) }),
			field({ name: 'expiresInDays', label: 'It ends after', type: 'select', value: 90, options: lives }),
		], send: (v) => api('POST', '/auth/tokens', { name: v.name, scopes: asked[v.scopes], expiresInDays: Number(v.expiresInDays) }), done: shown });
	}
	function shown({ token, ...made }) {
		replace(fresh, h('div', { class: 'notice good once', role: 'status' }, h('strong', { tabindex: '-1' }, `${made.name || 'Your token'}: copy it now`), h('span', {}, 'It is not shown again. Who has it acts in your name; keep it like a password.'), copyable(token, 'The new token')));
		fresh.querySelector('strong').focus();
		table.set([{ lastUsedAt: null, ...made, hint: made.hint || token.slice(-4) }, ...table.rows]);
	}
	async function revoke(t) {
		const done = await confirm({ title: `Revoke “${t.name}”?`, text: 'Whatever uses it is refused from now on. This cannot be undone.', action: 'Revoke', danger: true, does: () => api('DELETE', `/auth/tokens/${t.id}`) });
		if (!done) return;
		table.remove(t.id);
		replace(fresh);
		toast('The token is revoked.');
	}
	load(box, () => everything('/auth/tokens'), (rows) => { table.set(rows); return table.element; }, { title: 'Your tokens could not be loaded' });
	return { title: 'Access tokens', element: h('div', { class: 'stack' }, heading('Access tokens', 'For programs that ask Pulse in your name.', make), fresh, panel({ title: 'Your tokens', text: 'A device that asked for a code (the tracker, the command line) is among your sessions.' }, box)) };
}
