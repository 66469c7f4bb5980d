// activity.js - the feed, newest first, and live.
//
// Filters stand in the address, so that a view can be kept and sent. What
// arrives live is put where its time belongs; a person who has scrolled down
// is told how many are above instead of being moved.

import { h, icon, replace } from '../app/dom.js';
import { Live } from '../app/live.js';
import { go } from '../app/router.js';
import { api } from '../app/session.js';
import { eventLine, typeNames, when } from '../components/event-line.js';

const PAGE = 50, KEEP = 1000;
const chips = ['commit', 'pull_request', 'review', 'deployment', 'issue', 'release', 'build', 'comment'];
const states = { live: 'Live', reconnecting: 'Reconnecting…', polling: 'Polling' };
const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const order = (a, b) => a.timestamp === b.timestamp ? (BigInt(b.id) > BigInt(a.id) ? 1 : -1) : a.timestamp < b.timestamp ? 1 : -1;

function dayOf(timestamp) {
	const day = new Date(timestamp), today = new Date(), gap = Math.round((new Date(today).setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 86400000);
	return gap === 0 ? 'Today' : gap === 1 ? 'Yesterday' : dayName.format(day) + (day.getFullYear() === today.getFullYear() ? '' : ` ${day.getFullYear()}`);
}

const bones = () => h('ol', { class: 'feed bones', 'aria-hidden': 'true' }, Array.from({ length: 8 }, () => h('li', { class: 'line' }, h('span', { class: 'kind' }), h('span', {}, h('i')), h('span'))));

export default function activity({ query }) {
	const filter = Object.fromEntries(['team', 'repo', 'author', 'type'].map((k) => [k, query.get(k) || '']));
	const repoName = query.get('repoName') || '';
	const events = [], lines = new Map();
	let next = null, loading = false, above = 0, teams = [], gone = false, teamRepos = null;

	const list = h('ol', { class: 'feed', 'aria-label': 'Activity' });
	const body = h('div', {}, bones());
	const status = h('span', { class: 'live', role: 'status', 'data-state': 'reconnecting' }, 'Connecting…');
	const said = h('div', { class: 'unseen', 'aria-live': 'polite' });
	const filters = h('div', { class: 'filters', role: 'group', 'aria-label': 'Filters' });
	const newerButton = h('button', { type: 'button', class: 'button primary', onclick: () => { scrollTo({ top: 0, behavior: 'smooth' }); } });
	const newer = h('div', { class: 'newer', hidden: true }, newerButton);
	const olderButton = h('button', { type: 'button', class: 'button', onclick: () => older() }, 'Show older');
	const olderBox = h('div', { class: 'older' }, olderButton);
	const live = new Live();

	const set = (changes) => {
		const q = new URLSearchParams(location.search);
		for (const [k, v] of Object.entries(changes)) if (v) q.set(k, v); else q.delete(k);
		if (!q.get('repo')) q.delete('repoName');
		go(`/dashboard/activity${q.size ? `?${q}` : ''}`);
	};
	const line = (event) => eventLine(event, { onRepo: (e) => set({ repo: e.metadata.repoId, repoName: e.repo }), onAuthor: (e) => set({ author: e.author }) });

	function drawFilters() {
		const pressed = (on) => ({ type: 'button', class: 'chip', 'aria-pressed': String(on) });
		const only = (key, label) => filter[key] && h('button', { type: 'button', class: 'chip only', onclick: () => set({ [key]: '' }), 'aria-label': `Remove the filter ${label}` }, label, icon('close'));
		replace(filters,
			teams.length > 1 && h('select', { class: 'select', 'aria-label': 'Team', onchange: (e) => set({ team: e.target.value }) },
				h('option', { value: '' }, 'All teams'), teams.map((t) => h('option', { value: t.id, selected: t.id === filter.team }, t.name))),
			only('repo', repoName || `Repository ${filter.repo}`), only('author', filter.author),
			h('button', { ...pressed(!filter.type), onclick: () => set({ type: '' }) }, 'Everything'),
			chips.map((type) => h('button', { ...pressed(filter.type === type), onclick: () => set({ type: filter.type === type ? '' : type }) }, icon(type), typeNames[type])));
	}

	// Days are headings between the lines; each is drawn once.
	function place(event, fresh) {
		if (lines.has(event.id)) return false;
		let at = events.findIndex((e) => order(event, e) < 0);
		if (at < 0) at = events.length;
		const element = line(event), before = at < events.length ? lines.get(events[at].id) : null;
		events.splice(at, 0, event);
		lines.set(event.id, element);
		list.insertBefore(element, before);
		if (fresh) element.classList.add('fresh');
		return true;
	}
	function drawDays() {
		list.querySelectorAll('.day').forEach((d) => d.remove());
		let last = '';
		for (const event of events) {
			const day = dayOf(event.timestamp);
			if (day !== last) list.insertBefore(h('li', { class: 'day' }, h('h2', { class: 'day-name' }, day)), lines.get(event.id));
			last = day;
		}
	}
	function trim() {
		while (events.length > KEEP && !above) { const e = events.pop(); lines.get(e.id).remove(); lines.delete(e.id); next = null; }
	}

	function drawBody(trouble) {
		if (trouble) return replace(body, h('div', { class: 'notice bad', role: 'alert' }, h('strong', {}, 'The feed could not be loaded'), h('span', {}, trouble.message), h('div', {}, h('button', { type: 'button', class: 'button', onclick: () => { replace(body, bones()); first(); } }, 'Try again'))));
		if (!events.length) {
			const any = Object.values(filter).some(Boolean);
			return replace(body, h('div', { class: 'feed' }, h('div', { class: 'empty' }, icon('activity'),
				h('h2', {}, any ? 'Nothing matches these filters' : 'Nothing has happened yet'),
				h('p', {}, any ? 'What arrives and matches will appear here by itself.' : 'As soon as a connected repository sends its first webhook it appears here, within a second.'),
				any && h('button', { type: 'button', class: 'button', onclick: () => go('/dashboard/activity') }, 'Show everything'))));
		}
		olderBox.hidden = !next;
		if (list.parentNode !== body) replace(body, newer, list, olderBox);
	}

	const address = (more) => {
		const q = new URLSearchParams({ limit: PAGE, ...more });
		for (const [k, v] of Object.entries(filter)) if (v) q.set(k, v);
		return `/activity?${q}`;
	};

	async function first() {
		try {
			const page = await api('GET', address({}));
			if (gone) return;
			for (const event of page.data) place(event, false);
			next = page.next;
			drawDays();
			drawBody();
			const newest = events.reduce((m, e) => BigInt(e.id) > BigInt(m) ? e.id : m, '0');
			if (!live.started) { live.started = true; live.start(newest, events.map((e) => e.id)); }
			else live.restart(newest, events.map((e) => e.id));
		} catch (problem) {
			if (gone || problem.status === 401) return;
			// What is shown stays; it is asked for again.
			if (events.length) setTimeout(() => { if (!gone) first(); }, 3000); else drawBody(problem);
		}
	}

	async function older() {
		if (loading || !next) return;
		loading = true;
		olderButton.disabled = true;
		try {
			const page = await api('GET', address({ cursor: next }));
			for (const event of page.data) place(event, false);
			next = page.next;
			drawDays();
			drawBody();
		} catch (problem) {
			said.textContent = `Older activity could not be loaded: ${problem.message}`;
			return;
		} finally {
			loading = false;
			olderButton.disabled = false;
		}
		// Still in sight, so the observer has nothing new to tell.
		if (next && !gone && olderBox.getBoundingClientRect().top < innerHeight + 400) older();
	}

	function matches(message) {
		const e = message.event;
		if (filter.type && e.type !== filter.type) return false;
		if (filter.repo && e.metadata.repoId !== filter.repo) return false;
		if (filter.author && (e.author || '').toLowerCase() !== filter.author.toLowerCase()) return false;
		// Which teams a repository has is the server's to say.
		return !filter.team || message.room === `team:${filter.team}` || !!teamRepos?.has(e.metadata.repoId);
	}

	live.addEventListener('state', ({ detail }) => {
		status.dataset.state = detail.state;
		status.textContent = states[detail.state];
		status.title = detail.why || 'Events arrive as they happen';
	});
	live.addEventListener('event', async ({ detail }) => {
		if (filter.team && !detail.room.startsWith('team:') && !teamRepos?.has(detail.event.metadata.repoId)) {
			// Heard in the organisation's room: ask whether it is this team's.
			const page = await api('GET', address({ limit: 5 })).catch(() => null);
			for (const e of page?.data || []) if (place(e, true)) (teamRepos ||= new Set()).add(e.metadata.repoId);
			drawDays();
			return drawBody();
		}
		if (!matches(detail) || !place(detail.event, true)) return;
		drawDays();
		drawBody();
		trim();
		said.textContent = `${typeNames[detail.event.type] || ''}: ${detail.event.summary}`;
		if (scrollY > 200) {
			above++;
			newer.hidden = false;
			replace(newerButton, icon('up'), above === 1 ? '1 new event' : `${above} new events`);
		}
	});
	live.addEventListener('reload', () => first());

	const scrolled = () => { if (scrollY < 80 && above) { above = 0; newer.hidden = true; } };
	addEventListener('scroll', scrolled, { passive: true });
	const clock = setInterval(() => { for (const e of events.slice(0, 200)) lines.get(e.id).querySelector('time').textContent = when(e.timestamp); }, 30000);
	const sight = new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting)) older(); }, { rootMargin: '400px' });
	sight.observe(olderBox);

	drawFilters();
	api('GET', '/auth/me').then((me) => { teams = me.teams; drawFilters(); }, () => {});
	first();

	return {
		title: 'Activity',
		leave() { gone = true; live.stop(); clearInterval(clock); sight.disconnect(); removeEventListener('scroll', scrolled); },
		element: h('div', {}, h('div', { class: 'topbar' }, h('h1', {}, 'Activity'), h('div', { class: 'topbar-tools' }, status)), filters, said, body),
	};
}
