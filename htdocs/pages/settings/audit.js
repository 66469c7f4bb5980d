// audit.js - who did what: filters in the address, an endless list, an export.

import { h, icon, replace } from '../../app/dom.js';
import { day, full, short } from '../../app/format.js';
import { everything } from '../../app/lists.js';
import { go } from '../../app/router.js';
import { api, apiBytes } from '../../app/session.js';
import { saveFile } from '../../app/download.js';
import { words } from '../../components/form.js';
import { heading } from '../../components/heading.js';
import { panel } from '../../components/panel.js';
import { empty, load } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';

const keys = ['actor', 'action', 'from', 'to'];
const plain = (v) => typeof v === 'object' && v ? Object.entries(v).map(([k, x]) => `${k} ${plain(x)}`).join(', ') : String(v ?? '');

export default function audit({ query }) {
	const filter = Object.fromEntries(keys.map((k) => [k, query.get(k) || '']));
	const box = h('div', {}), more = h('div', { class: 'older', hidden: true }), spoken = h('p', { class: 'unseen', role: 'status' });
	let next = null, loading = false, gone = false;

	function set(changes) {
		const q = new URLSearchParams(Object.entries({ ...filter, ...changes }).filter(([, v]) => v));
		go(`/dashboard/settings/audit${q.size ? `?${q}` : ''}`);
	}
	// A day of the filter is a whole day where the person is.
	const moment = (date, after) => { const d = new Date(`${date}T00:00:00`); if (after) d.setDate(d.getDate() + 1); return d.toISOString(); };
	function address(path, cursor) {
		const q = new URLSearchParams();
		if (filter.actor) q.set('actor', filter.actor);
		if (filter.action) q.set('action', filter.action);
		if (filter.from) q.set('from', moment(filter.from));
		if (filter.to) q.set('to', moment(filter.to, true));
		if (cursor) q.set('cursor', cursor);
		return `${path}${q.size ? `?${q}` : ''}`;
	}

	const table = new Table({ label: 'Audit log', class: 'audit', empty: () => empty({ icon: 'log', title: keys.some((k) => filter[k]) ? 'Nothing matches these filters' : 'Nothing has been done yet', text: 'Sign-ins, changes of roles, settings and members stand here as they happen.', action: keys.some((k) => filter[k]) && h('a', { class: 'button', href: '/dashboard/settings/audit' }, 'Show everything') }), columns: [
		{ name: 'When', class: 'when', cell: (e) => h('time', { datetime: e.at, title: full(e.at) }, short(e.at)) },
		{ name: 'Who', cell: (e) => h('button', { type: 'button', class: 'as-link', title: `Only ${e.actor}`, onclick: () => set({ actor: e.actor }) }, e.actor) },
		{ name: 'What', class: 'main', cell: (e) => h('div', {}, h('button', { type: 'button', class: 'as-link', title: 'Only this', onclick: () => set({ action: e.action }) }, e.action), h('span', { class: 'soft' }, [e.subject, plain(e.detail)].filter(Boolean).join(' · '))) },
		{ name: 'From', class: 'from', cell: (e) => h('span', { class: 'soft' }, e.address || '') },
	] });

	const take = (page) => {
		if (gone) return null;
		next = page.next;
		table.add(page.data);
		more.hidden = !next;
		return table.element;
	};
	const button = h('button', { type: 'button', class: 'button', onclick: () => older() }, 'Show older');
	async function older() {
		if (loading || !next || gone) return;
		loading = true;
		try { take(await api('GET', address('/audit', next))); } catch (problem) { spoken.textContent = `Older lines could not be loaded: ${words(problem)}`; } finally { loading = false; }
	}
	const sight = new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting)) older(); }, { rootMargin: '400px' });

	const actor = h('select', { class: 'select pill', 'aria-label': 'Who', onchange: (e) => set({ actor: e.target.value }) }, h('option', { value: '' }, 'Everybody'), filter.actor && h('option', { value: filter.actor, selected: true }, filter.actor));
	everything('/team').then((rows) => actor.append(...rows.filter((m) => m.email !== filter.actor).map((m) => h('option', { value: m.email }, m.name))), () => {});
	const date = (key, label) => h('label', { class: 'pill-label' }, label, h('input', { type: 'date', class: 'select pill', value: filter[key], onchange: (e) => set({ [key]: e.target.value }) }));
	const filters = h('div', { class: 'filters', role: 'group', 'aria-label': 'Filters' }, actor, date('from', 'From'), date('to', 'To'),
		filter.action && h('button', { type: 'button', class: 'chip only', 'aria-label': `Remove the filter ${filter.action}`, onclick: () => set({ action: '' }) }, filter.action, icon('close')));

	const save = h('button', { type: 'button', class: 'button', onclick: async () => {
		save.disabled = true;
		await apiBytes('/audit/export').then((bytes) => saveFile(bytes, `audit-${day(new Date()).replace(/\W+/g, '-')}.ndjson`), (problem) => toast(words(problem), { bad: true }));
		save.disabled = false;
	} }, icon('download'), 'Export all');
	replace(more, button);
	load(box, () => api('GET', address('/audit')), (page) => { const drawn = take(page); sight.observe(more); return drawn; }, { title: 'The audit log could not be loaded', lines: 8 });
	return { title: 'Audit log', leave() { gone = true; sight.disconnect(); },
		element: h('div', { class: 'stack' }, heading('Audit log', 'Every act that matters, by whom and when. Nobody can change it.', save), filters, panel({ title: 'What was done' }, spoken, box, more)) };
}
