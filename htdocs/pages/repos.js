// repos.js - the repositories: which there are, how far each is read, whether
// it is well; connected and let go here.
//
// The list is read page by page as it is scrolled and searched by the server,
// so that thousands are no burden. How far a repository is comes live to who
// runs the organisation; for others, and without a broker, it is asked for.

import { h, icon, replace } from '../app/dom.js';
import { ago, full, number } from '../app/format.js';
import { api, may } from '../app/session.js';
import { endless } from '../components/endless.js';
import { heading } from '../components/heading.js';
import { menu } from '../components/menu.js';
import { panel } from '../components/panel.js';
import { acts } from '../components/repo-acts.js';
import { empty } from '../components/states.js';
import { healthTag, isGoing, syncState, told } from '../components/sync-state.js';
import { Table } from '../components/table.js';
import { toast } from '../components/toast.js';

const TYPED = 250, ASKED = 10000, GATHER = 5000, CHANGED = 1000, ONES = 5, SHOWN = 10;

export default function repos({ query }) {
	let q = query.get('q') || '', typing = 0, gathering = 0, heard = 0, more = false;
	const syncs = new Map();	// repository: where its state stands
	const fresh = new Set();	// connected here: they stand before the pages
	const turned = new Set();	// in another state, as was heard
	const search = h('input', { type: 'search', class: 'search', placeholder: 'Owner or name', 'aria-label': 'Search repositories', value: q, maxlength: 200, oninput: () => { clearTimeout(typing); typing = setTimeout(find, TYPED); } });
	const count = h('span', { role: 'status' }), spoken = h('p', { class: 'unseen', role: 'status' });
	const button = () => may('connect') && h('button', { type: 'button', class: 'button primary', onclick: connect }, icon('plus'), 'Connect');

	const none = () => q ? empty({ icon: 'search', title: 'No repository has this in its name', text: 'Try a part of the owner or of the name.' })
		: empty({ icon: 'repo', title: 'No repositories yet', text: may('connect') ? 'Connect one: its last 30 days are here within minutes, and from then on all that happens, as it happens.' : 'Members of your organisation can connect some. You see what your teams have.', action: button() });
	function sync(r) {
		const place = h('div', {}, syncState(r.sync, r.fullName));
		syncs.set(r.id, place);
		return place;
	}
	const table = new Table({ label: 'Repositories', class: 'repos', empty: none, columns: [
		{ name: 'Repository', class: 'main', cell: (r) => h('div', { class: 'with-icon' }, h('span', { class: 'tile' }, icon(r.private ? 'lock' : 'repo')), h('div', {}, h('a', { href: `/dashboard/repos/${r.id}` }, h('strong', {}, r.fullName)),
			h('span', { class: 'soft' }, [r.private && 'private', r.archived && 'archived', r.host !== 'github.com' && r.host, ...r.teams.map((t) => t.name)].filter(Boolean).join(' · ')))) },
		{ name: 'History', cell: sync },
		{ name: 'Health', cell: healthTag },
		{ name: 'Last activity', class: 'when', cell: (r) => h('span', { title: r.lastActivityAt ? full(r.lastActivityAt) : null }, ago(r.lastActivityAt)) },
		{ name: 'Actions', unseen: true, class: 'acts more', cell: (r) => menu({ button: h('button', { type: 'button', class: 'button bare', 'aria-label': `More on ${r.fullName}` }, icon('more')), label: r.fullName, items: () => acts(r, { changed: put, gone: () => gone(r) }) }) },
	] });

	const tell = () => { search.hidden = !q && !table.rows.length && document.activeElement !== search; count.textContent = table.rows.length ? `${more ? 'The first ' : ''}${number(table.rows.length)} ${table.rows.length === 1 ? 'repository' : 'repositories'}${q ? ' found' : ''}` : ''; };
	const list = endless({ title: 'The repositories could not be loaded', lines: 8,
		ask: (cursor) => api('GET', `/repos?${new URLSearchParams({ limit: 100, ...(q && { q }), ...(cursor && { cursor }) })}`),
		take(rows, first, answer) {
			if (first) { syncs.clear(); fresh.clear(); table.set(rows); }
			// One that was just connected stands at the top already.
			else table.add(rows.filter((r) => !syncs.has(r.id)));
			more = Boolean(answer.next);
			tell();
			return table.element;
		} });

	function find() {
		q = search.value.trim();
		const url = new URL(location.href);
		if (q) url.searchParams.set('q', q); else url.searchParams.delete('q');
		history.replaceState(null, '', url);
		list.again({ keep: true });
	}
	function gone(r) {
		table.remove(r.id);
		syncs.delete(r.id);
		tell();
	}
	const put = (r) => { if (JSON.stringify(r) !== JSON.stringify(table.rows.find((x) => x.id === r.id))) table.put(r); };
	const known = (r) => { if (syncs.has(r.id)) put(r); };
	const one = (r) => api('GET', `/repos/${r.id}/sync`).then((now) => put({ ...r, sync: now?.state ? now : null }), () => {});
	function look(wanted) {
		table.rows.filter((r) => fresh.has(r.id) && wanted(r)).slice(0, ONES).forEach(one);
		return list.refresh((r) => !fresh.has(r.id) && wanted(r), known, gone);
	}

	async function connect() {
		const { connectDialog } = await import('../components/connect.js');
		connectDialog(async ({ connected, data }) => {
			toast(`${connected === 1 ? 'A repository is' : `${number(connected)} repositories are`} connected. The last 30 days come first.`);
			// They are the last of the list by its order; some are shown above it.
			const made = (await Promise.all(data.slice(0, SHOWN).map(({ id }) => api('GET', `/repos/${id}`).catch(() => null)))).filter(Boolean);
			if (q || !made.length) return list.again({ keep: true });
			made.forEach((r) => fresh.add(r.id));
			table.become([...made, ...table.rows.filter((r) => !made.some((x) => x.id === r.id))]);
			return tell();
		});
	}

	// What the word says is shown at once; at a turn the server is asked as well,
	// once for all of some seconds.
	function progress(data) {
		const r = table.rows.find((x) => x.id === data.unit), now = r && told(r.sync, data);
		if (!now) return;
		heard = Date.now();
		if (now.state !== r.sync?.state) turned.add(r.id);
		if (now.state === 'FINISHED' && data.job === 'backfill-repos') spoken.textContent = `${r.fullName} is read.`;
		r.sync = now;
		replace(syncs.get(r.id), syncState(r.sync, r.fullName));
		if (turned.size) gathering ||= setTimeout(() => {
			const ids = new Set(turned);
			turned.clear();
			gathering = 0;
			look((x) => ids.has(x.id));
		}, GATHER);
	}
	const clock = setInterval(() => {
		if (!document.hidden && Date.now() - heard > ASKED) look((r) => isGoing(table.rows.find((x) => x.id === r.id)?.sync));
	}, ASKED);
	let waiting = 0;
	const changed = (of) => {
		if (of && of !== 'repositories' && of !== 'teams') return;
		clearTimeout(waiting);
		waiting = setTimeout(() => table.rows.length ? look(() => true) : list.again({ keep: true }), CHANGED);
	};

	list.again();
	return { title: 'Repositories', changed, progress, rights: () => list.again({ keep: true }),
		leave() { clearInterval(clock); clearTimeout(waiting); clearTimeout(gathering); clearTimeout(typing); list.leave(); },
		element: h('div', { class: 'stack' }, heading('Repositories', 'Where the work is done, and how far it is read.', button()), spoken, panel({ title: 'Connected', text: count, tools: search }, list.element)) };
}
