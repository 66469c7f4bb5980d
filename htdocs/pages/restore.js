// restore.js - the organisation one is signed in to was deleted: take that back,
// or go on in another.

import { h, replace } from '../app/dom.js';
import { day } from '../app/format.js';
import { everything } from '../app/lists.js';
import { go } from '../app/router.js';
import { api, loadMe, signInBy, signOut } from '../app/session.js';
import { avatar } from '../components/avatar.js';
import { door } from '../components/door.js';
import { words } from '../components/form.js';
import { load } from '../components/states.js';

export default function restore() {
	const box = h('div', { class: 'door-box' }), said = h('div', { role: 'alert' });

	async function enter(o) {
		try {
			if (o.deletedAt) await api('POST', '/organisation/restore', { org: o.id });
			if (!o.current) await signInBy('/auth/switch', { org: o.id });
			await loadMe();
			go('/dashboard/activity', { replace: true });
		} catch (problem) {
			replace(said, h('p', { class: 'notice bad' }, words(problem)));
		}
	}
	const row = (o) => h('div', { class: 'invited' }, avatar(o.name, { large: true, square: true }),
		h('div', {}, h('strong', {}, o.name), h('span', { class: 'soft' }, o.deletedAt ? `deleted on ${day(o.deletedAt)}, for ever on ${day(o.restoreUntil)}` : o.role)),
		h('button', { type: 'button', class: 'button primary', onclick: () => enter(o) }, o.deletedAt ? 'Restore' : 'Open'));
	load(box, () => everything('/organisations'), (all) => h('div', { class: 'door-box' }, all.map(row)), { title: 'Your organisations could not be loaded', lines: 2 });
	return {
		title: 'Deleted',
		element: door({ title: 'This organisation was deleted', text: 'Its owners can take that back for 30 days.', footer: h('button', { type: 'button', class: 'button', onclick: () => signOut().catch(() => {}) }, 'Sign out') }, said, box),
	};
}
