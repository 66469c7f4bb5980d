// activity.js - the feed, newest first, and live.
//
// Filters stand in the address, so that a view can be kept and sent. What
// arrives live is put where its time belongs, all that came since the last
// frame at once; a person who has scrolled down is told how many are above
// instead of being moved.

import { h, icon, replace } from '../app/dom.js';
import { Live } from '../app/live.js';
import { go } from '../app/router.js';
import { api, me } from '../app/session.js';
import { typeNames } from '../components/event-line.js';
import { Feed } from '../components/feed.js';

const PAGE = 50, KEEP = 1000, QUIET = 2000, AGAIN = 3000, AHEAD = 400;
const chips = ['commit', 'pull_request', 'review', 'deployment', 'issue', 'release', 'build', 'comment'];
const states = { live: 'Live', reconnecting: 'Reconnecting…', polling: 'Polling' };

const bones = () => h('div', { class: 'feed bones', 'aria-hidden': 'true' }, Array.from({ length: 8 }, () => h('div', { class: 'line' }, h('span', { class: 'kind' }), h('span', {}, h('i')), h('span'))));

export default function activity({ query }) {
	const filter = Object.fromEntries(['team', 'repo', 'author', 'type'].map((k) => [k, query.get(k) || '']));
	const repoName = query.get('repoName') || '';
	let next = null, begun = 0, loading = false, above = 0, scrolled = false, teams = me?.teams || [], gone = false, teamRepos = null;
	let arrived = [], said = 0;

	const feed = new Feed({ onRepo: (e) => set({ repo: e.metadata.repoId, repoName: e.repo }), onAuthor: (e) => set({ author: e.author }) });
	const body = h('div', {}, bones());
	const status = h('span', { class: 'live', role: 'status', 'data-state': 'reconnecting' }, 'Connecting…');
	const spoken = h('div', { class: 'unseen', 'aria-live': 'polite' });
	const filters = h('div', { class: 'filters', role: 'group', 'aria-label': 'Filters' });
	const newerButton = h('button', { type: 'button', class: 'button primary', onclick: () => { scrollTo({ top: 0, behavior: 'smooth' }); } });
	const newer = h('div', { class: 'newer', hidden: true }, newerButton);
	const olderButton = h('button', { type: 'button', class: 'button', onclick: () => older() }, 'Show older');
	const olderBox = h('div', { class: 'older' }, olderButton);
	const live = new Live();

	function set(changes) {
		const q = new URLSearchParams(location.search);
		for (const [k, v] of Object.entries(changes)) if (v) q.set(k, v); else q.delete(k);
		if (!q.get('repo')) q.delete('repoName');
		go(`/dashboard/activity${q.size ? `?${q}` : ''}`);
	}

	function drawFilters() {
		const pressed = (on) => ({ type: 'button', class: 'chip', 'aria-pressed': String(on) });
		const only = (key, label) => filter[key] && h('button', { type: 'button', class: 'chip only', onclick: () => set({ [key]: '' }), 'aria-label': `Remove the filter ${label}` }, label, icon('close'));
		replace(filters,
			teams.length > 1 && h('select', { class: 'select pill', 'aria-label': 'Team', onchange: (e) => set({ team: e.target.value }) },
				h('option', { value: '' }, 'All teams'), teams.map((t) => h('option', { value: t.id, selected: t.id === filter.team }, t.name))),
			only('repo', repoName || `Repository ${filter.repo}`), only('author', filter.author),
			h('button', { ...pressed(!filter.type), onclick: () => set({ type: '' }) }, 'Everything'),
			chips.map((type) => h('button', { ...pressed(filter.type === type), onclick: () => set({ type: filter.type === type ? '' : type }) }, icon(type), typeNames[type])));
	}

	function drawTrouble(trouble) {
		replace(body, h('div', { class: 'notice bad', role: 'alert' }, h('strong', {}, 'The feed could not be loaded'), h('span', {}, trouble.message), h('div', {}, h('button', { type: 'button', class: 'button', onclick: () => { replace(body, bones()); first(); } }, 'Try again'))));
	}
	function drawBody() {
		if (!feed.size) {
			const any = Object.values(filter).some(Boolean);
			return replace(body, h('div', { class: 'feed' }, h('div', { class: 'empty' }, icon('activity'),
				h('h2', {}, any ? 'Nothing matches these filters' : 'Nothing has happened yet'),
				h('p', {}, any ? 'What arrives and matches will appear here by itself.' : 'As soon as a connected repository sends its first webhook it appears here, within a second.'),
				any && h('button', { type: 'button', class: 'button', onclick: () => go('/dashboard/activity') }, 'Show everything'))));
		}
		olderBox.hidden = !next;
		if (feed.element.parentNode !== body) replace(body, newer, feed.element, olderBox);
	}

	const address = (more) => {
		const q = new URLSearchParams({ limit: PAGE, ...more });
		for (const [k, v] of Object.entries(filter)) if (v) q.set(k, v);
		return `/activity?${q}`;
	};
	const take = (page) => {
		for (const event of page.data) feed.add(event);
		next = page.next && { cursor: page.next };
		drawBody();
	};

	async function first() {
		try {
			const page = await api('GET', address({}));
			if (gone) return;
			begun++;
			take(page);
			const newest = feed.ids.reduce((m, id) => BigInt(id) > BigInt(m) ? id : m, '0');
			if (!live.started) { live.started = true; live.start(newest, feed.ids); }
			else live.restart(newest, feed.ids);
			more();
		} catch (problem) {
			if (gone || problem.status === 401) return;
			// What is shown stays; it is asked for again.
			if (feed.size) setTimeout(() => { if (!gone) first(); }, AGAIN); else drawTrouble(problem);
		}
	}

	async function older() {
		if (loading || !next) return;
		const since = begun;
		loading = true;
		olderButton.disabled = true;
		try {
			const page = await api('GET', address(next));
			// Begun anew meanwhile: what lies between is asked for first.
			if (!gone && since === begun) take(page);
		} catch (problem) {
			spoken.textContent = `Older activity could not be loaded: ${problem.message}`;
			setTimeout(more, AGAIN);
			return;
		} finally {
			loading = false;
			olderButton.disabled = false;
		}
		more();
	}

	// The end is in sight, or nearly: what is behind it.
	function more() {
		if (next && !gone && olderBox.getBoundingClientRect().top < innerHeight + AHEAD) older();
	}

	// Is a message for this view? null: only the server can say, since which
	// teams a repository has is not in it.
	function matches({ room, event: e }) {
		if (filter.type && e.type !== filter.type) return false;
		if (filter.repo && e.metadata.repoId !== filter.repo) return false;
		if (filter.author && (e.author || '').toLowerCase() !== filter.author.toLowerCase()) return false;
		if (!filter.team || room === `team:${filter.team}` || teamRepos?.has(e.metadata.repoId)) return true;
		return room.startsWith('team:') ? false : null;
	}

	// Heard in the organisation's room: ask which of it is this team's.
	async function ask() {
		const page = await api('GET', address({})).catch(() => null);
		if (!page || gone) return;
		for (const e of page.data) (teamRepos ||= new Set()).add(e.metadata.repoId);
		show(page.data);
	}

	function show(events) {
		// A burst is not to flicker.
		const added = events.filter((e) => feed.add(e, events.length < 4));
		if (!added.length) return;
		drawBody();
		if (!scrolled && feed.trim(KEEP)) next = { to: new Date(Date.parse(feed.oldest.timestamp) + 1).toISOString() };
		if (Date.now() - said > QUIET) spoken.textContent = added.length > 1 ? `${added.length} new events` : `${typeNames[added[0].type] || ''}: ${added[0].summary}`;
		said = Date.now();
		if (scrolled) {
			above += added.length;
			newer.hidden = false;
			replace(newerButton, icon('up'), above === 1 ? '1 new event' : `${above} new events`);
		}
	}

	function flush() {
		const messages = arrived;
		arrived = [];
		if (gone) return;
		const told = messages.map(matches);
		show(messages.filter((_, i) => told[i]).map((m) => m.event));
		if (told.includes(null)) ask();
	}

	live.addEventListener('state', ({ detail }) => {
		status.dataset.state = detail.state;
		status.textContent = states[detail.state];
		status.title = detail.why || 'Events arrive as they happen';
	});
	live.addEventListener('event', ({ detail }) => {
		// A page that is not in sight is given no frames.
		if (arrived.push(detail) === 1) if (document.hidden) setTimeout(flush, 100); else requestAnimationFrame(flush);
	});
	live.addEventListener('reload', () => first());

	const onScroll = () => {
		scrolled = scrollY > 200;
		if (scrollY < 80 && above) { above = 0; newer.hidden = true; }
		more();
	};
	const unfreeze = () => { if (arrived.length) flush(); };
	addEventListener('scroll', onScroll, { passive: true });
	addEventListener('resize', more);
	document.addEventListener('visibilitychange', unfreeze);
	const clock = setInterval(() => feed.tick(), 30000);

	drawFilters();
	first();

	return {
		title: 'Activity',
		live,
		leave() {
			gone = true;
			live.stop();
			clearInterval(clock);
			removeEventListener('scroll', onScroll);
			removeEventListener('resize', more);
			document.removeEventListener('visibilitychange', unfreeze);
		},
		element: h('div', {}, h('div', { class: 'topbar' }, h('h1', {}, 'Activity'), h('div', { class: 'topbar-tools' }, status)), filters, spoken, body),
	};
}
