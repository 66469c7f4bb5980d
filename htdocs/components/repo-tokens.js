// repo-tokens.js - the tokens by which a repository's builds report, as a panel:
// made, shown once with the lines a build needs, taken back.

import { h, icon, replace } from '../app/dom.js';
import { ago, day, full } from '../app/format.js';
import { everything } from '../app/lists.js';
import { api } from '../app/session.js';
import { copyable } from './copy.js';
import { ask, confirm } from './dialog.js';
import { field } from './field.js';
import { panel } from './panel.js';
import { empty, load } from './states.js';
import { Table } from './table.js';
import { toast } from './toast.js';

// What a build runs; the token is a secret of it.
const snippet = (repo) => `curl --fail-with-body -H "Authorization: Bearer $PULSE_TOKEN" --data-binary @coverage.xml "${location.origin}/api/v1/repos/${repo.id}/coverage?sha=$GITHUB_SHA&branch=$GITHUB_REF_NAME&format=cobertura"`;

export function repoTokens(repo) {
	const path = `/repos/${repo.id}/tokens`, box = h('div', {}), fresh = h('div', {});
	const make = h('button', { type: 'button', class: 'button', onclick: begin }, icon('plus'), 'New token');
	const table = new Table({ label: 'Tokens of the repository', empty: () => empty({ level: 3, icon: 'key', title: 'No tokens yet', text: 'With one, a build sends coverage, deployments and incidents of this repository, and may do nothing else.' }), columns: [
		{ name: 'Name', class: 'main', cell: (t) => h('div', {}, h('strong', {}, t.name), h('code', { class: 'soft' }, `pulse_repo_…${t.hint || ''}`)) },
		{ name: 'Made', cell: (t) => h('span', { title: t.createdAt ? full(t.createdAt) : null }, t.createdAt ? day(t.createdAt) : '–') },
		{ name: 'Last used', cell: (t) => h('span', { title: t.lastUsedAt ? full(t.lastUsedAt) : null }, ago(t.lastUsedAt)) },
		{ name: 'Actions', unseen: true, class: 'acts', cell: (t) => h('button', { type: 'button', class: 'button small', 'aria-label': `Revoke ${t.name}`, onclick: () => revoke(t) }, 'Revoke') },
	] });
	function begin() {
		ask({ title: 'A new token', text: 'It is shown once, after this.', submit: 'Make the token', send: (values) => api('POST', path, values), done: shown,
			fields: [field({ name: 'name', label: 'What is it for?', required: true, maxlength: 100, autocomplete: 'off' })] });
	}
	function shown({ token, ...made }, { name }) {
		replace(fresh, h('div', { class: 'notice good once', role: 'status' }, h('strong', { tabindex: '-1' }, `${name}: copy it now`), h('span', {}, 'It is not shown again. Keep it as a secret of your builds, PULSE_TOKEN, and send a report so:'), copyable(token, 'The new token'), copyable(snippet(repo), 'What a build runs')));
		fresh.querySelector('strong').focus();
		table.set([{ lastUsedAt: null, createdAt: null, name, ...made, hint: made.hint || token.slice(-4) }, ...table.rows]);
		if (!table.element.isConnected) replace(box, table.element);
	}
	async function revoke(t) {
		const done = await confirm({ title: `Revoke “${t.name}”?`, text: 'Builds that use it are refused from now on.', action: 'Revoke', danger: true, does: () => api('DELETE', `${path}/${t.id}`) });
		if (!done) return;
		table.remove(t.id);
		replace(fresh);
		toast('The token is revoked.');
	}
	load(box, () => everything(path), (rows) => { table.set(rows); return table.element; }, { title: 'The tokens could not be loaded', lines: 2 });
	return { element: panel({ title: 'Tokens for builds', text: 'For this repository only.', tools: make }, fresh, box) };
}
