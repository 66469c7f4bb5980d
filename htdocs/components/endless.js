// endless.js - a list that goes on as it is scrolled, page by page of the API.
//
//	endless({ ask(cursor), take(rows, first, answer), title, label, lines, root })
//	→ { element, again({ keep }), refresh(wanted, put, gone), leave(), pages }
//
// take puts the rows of a page where they belong and returns what stands in the
// list's place. again() begins anew; with `keep` what is shown stays until the
// answer has come, and an answer for a list that was begun anew is dropped.
// refresh() asks again for pages that have a wanted row: put(row) for each row
// of theirs, gone(row) for each that is not there any more.

import { h, replace } from '../app/dom.js';
import { words } from './form.js';
import { load } from './states.js';

const AHEAD = '600px', REFRESHED = 3;

export function endless({ ask, take, title, label = 'Show more', lines = 6, root = null }) {
	let next = null, turn = 0, loading = false, stands = false, pages = [];
	const box = h('div', {}), said = h('p', { class: 'wrong', role: 'status' });
	const end = h('div', { class: 'older', hidden: true }, h('button', { type: 'button', class: 'button', onclick: () => more() }, label), said);
	const sight = new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting)) more(); }, { root, rootMargin: AHEAD });

	function put(answer, first, cursor) {
		next = answer.next;
		pages.push({ cursor, rows: answer.data });
		end.hidden = !next;
		said.textContent = '';
		// An end that stays in sight is told of once only, unless looked at anew.
		sight.unobserve(end);
		sight.observe(end);
		stands = true;
		return take(answer.data, first, answer);
	}

	async function more() {
		if (loading || !next) return;
		const mine = turn, cursor = next;
		loading = true;
		try {
			const answer = await ask(cursor);
			if (mine === turn) put(answer, false, cursor);
		} catch (problem) {
			if (mine !== turn || problem.status === 401) return;
			said.textContent = `The rest could not be loaded: ${words(problem)}`;
			if (problem.retryAfter) setTimeout(more, problem.retryAfter * 1000);
		} finally {
			if (mine === turn) loading = false;
		}
	}

	function begin() {
		pages = [];
		next = null;
		end.hidden = true;
		loading = false;
		return ++turn;
	}
	async function again({ keep = false } = {}) {
		const mine = begin(), inner = h('div', {});
		if (keep && stands) {
			const answer = await ask(null).catch(() => null);
			if (mine !== turn) return;
			if (answer) return replace(box, put(answer, true, null));
		}
		stands = false;
		replace(box, inner);
		await load(inner, () => ask(null), (answer) => mine === turn ? put(answer, true, null) : null, { title, lines });
	}

	// Rows of a page before its last one are gone if they are not in it now;
	// those behind may have been moved to the next.
	async function refresh(wanted, changed, gone) {
		const mine = turn;
		for (const page of pages.filter((p) => p.rows.some(wanted)).slice(0, REFRESHED)) {
			const answer = await ask(page.cursor).catch(() => null);
			if (mine !== turn) return;
			if (!answer) continue;
			const now = new Set(answer.data.map((r) => r.id)), last = answer.data.at(-1)?.id;
			const upTo = answer.next ? page.rows.findIndex((r) => r.id === last) : page.rows.length;
			page.rows.slice(0, Math.max(upTo, 0)).filter((r) => !now.has(r.id)).forEach((r) => gone?.(r));
			page.rows = answer.data;
			answer.data.forEach(changed);
		}
	}
	return { element: h('div', { class: 'endless' }, box, end), again, refresh, get pages() { return pages.length; }, leave() { begin(); sight.disconnect(); } };
}
