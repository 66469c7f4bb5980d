// dead-letters.js - deliveries that came rightly signed and could not be read:
// why, and again. ?event= shows one kind only.

import { h, icon, replace } from '../app/dom.js';
import { ago, full, number } from '../app/format.js';
import { go } from '../app/router.js';
import { api } from '../app/session.js';
import { confirm } from '../components/dialog.js';
import { endless } from '../components/endless.js';
import { heading } from '../components/heading.js';
import { jobTabs } from '../components/job-tabs.js';
import { discard, inBytes, replay } from '../components/letters.js';
import { panel } from '../components/panel.js';
import { empty } from '../components/states.js';
import { Table } from '../components/table.js';
import { toast } from '../components/toast.js';

// Read again within a minute: until then the list is looked at.
const GATHER = 1000, LOOKS = [15, 35, 65, 95];

export default function deadLetters({ query }) {
	const event = query.get('event') || '', known = new Set(event ? [event] : []);
	let count = 0, waiting = 0, looks = [];
	const head = jobTabs(), filters = h('div', { class: 'filters', role: 'group', 'aria-label': 'Filters' });
	const all = h('button', { type: 'button', class: 'button', hidden: true, onclick: replayAll }, icon('sync'), 'Replay all');

	const address = (name) => `/dashboard/jobs/dead-letters${name ? `?event=${encodeURIComponent(name)}` : ''}`;
	const table = new Table({ label: 'Dead letters', class: 'letters', empty: () => empty(event ? { icon: 'search', title: `No ${event} among them`, action: h('a', { class: 'button', href: address() }, 'Show all') } : { icon: 'check', title: 'Nothing was left unread', text: 'A delivery that cannot be read is kept here with the reason, and can be read again once that is mended.' }), columns: [
		{ name: 'Delivery', class: 'main', cell: (l) => h('div', {}, h('a', { href: `/dashboard/jobs/dead-letters/${l.id}` }, h('strong', {}, l.event)), h('span', { class: 'soft' }, [l.source, l.repository].filter(Boolean).join(' · '))) },
		{ name: 'Why', class: 'why', cell: (l) => l.reason || 'not told' },
		{ name: 'Came', class: 'when', cell: (l) => h('time', { datetime: l.receivedAt, title: full(l.receivedAt) }, ago(l.receivedAt)) },
		{ name: 'Size', class: 'when', cell: (l) => `${inBytes(l.size)}, ${l.attempts === 1 ? 'tried once' : `tried ${number(l.attempts)} times`}` },
		{ name: 'Actions', unseen: true, class: 'acts', cell: (l) => [h('button', { type: 'button', class: 'button small', 'aria-label': `Replay ${l.event} ${l.id}`, onclick: (e) => again(l, e.currentTarget) }, 'Replay'), h('button', { type: 'button', class: 'button small', 'aria-label': `Discard ${l.event} ${l.id}`, onclick: () => drop(l) }, 'Discard')] },
	] });

	function tell() {
		if (!event) head.tell(count);
		all.hidden = !count;
		replace(filters, known.size > 1 || event ? [h('button', { type: 'button', class: 'chip', 'aria-pressed': String(!event), onclick: () => go(address()) }, 'All'),
			[...known].sort().map((name) => h('button', { type: 'button', class: 'chip', 'aria-pressed': String(name === event), onclick: () => go(address(name)) }, name))] : []);
		filters.hidden = !filters.childElementCount;
	}
	function left(l) {
		table.remove(l.id);
		count = Math.max(0, count - 1);
		tell();
	}
	async function again(l, button) {
		if (button.getAttribute('aria-disabled')) return;
		button.setAttribute('aria-disabled', 'true');
		if (await replay(l)) { left(l); watch(); } else button.removeAttribute('aria-disabled');
	}
	const drop = async (l) => { if (await discard(l)) left(l); };
	async function replayAll() {
		const done = await confirm({ title: `Replay ${count === 1 ? 'the dead letter' : `all ${number(count)} dead letters`}?`, text: `They are read within a minute; what cannot be comes back with its reason.${event ? ' Those of other events too.' : ''}`, action: 'Replay all', does: () => api('POST', '/dead-letters/replay') });
		if (!done) return;
		toast('They are read now; what cannot be comes back.');
		soon();
		watch();
	}
	const list = endless({ title: 'The dead letters could not be loaded', label: 'Show older', ask: (cursor) => api('GET', `/dead-letters?${new URLSearchParams({ ...(event && { event }), ...(cursor && { cursor }) })}`),
		take(rows, first, answer) {
			if (first) table.set(rows); else table.add(rows);
			count = answer.count ?? table.rows.length;
			for (const l of rows) known.add(l.event);
			tell();
			return table.element;
		} });
	function watch() {
		looks.forEach(clearTimeout);
		looks = LOOKS.map((s) => setTimeout(() => { if (!document.hidden && list.pages < 2) soon(); }, s * 1000));
	}
	function soon() { waiting ||= setTimeout(() => { waiting = 0; list.again({ keep: true }); }, GATHER); }

	filters.hidden = true;
	list.again();
	return { title: 'Dead letters', changed: (of) => { if (!of || of === 'dead-letters') soon(); },
		leave() { clearTimeout(waiting); looks.forEach(clearTimeout); list.leave(); },
		element: h('div', { class: 'stack' }, heading('Jobs', 'What runs by the clock: when, how it went, and what is next.'), head, panel({ title: 'Dead letters', text: 'What came, rightly signed, and could not be read. Nothing of it is lost.', tools: all }, filters, list.element)) };
}
