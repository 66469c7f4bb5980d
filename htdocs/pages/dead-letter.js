// dead-letter.js - one dead letter: what came, byte for byte, and why it could
// not be read.

import { h, icon } from '../app/dom.js';
import { full, number } from '../app/format.js';
import { go } from '../app/router.js';
import { api } from '../app/session.js';
import { discard, inBytes, replay } from '../components/letters.js';
import { panel } from '../components/panel.js';
import { load } from '../components/states.js';

const BACK = '/dashboard/jobs/dead-letters';

// JSON on lines of its own, where it is JSON and whole.
function pretty(letter) {
	if (letter.bodyCut) return null;
	try { return JSON.stringify(JSON.parse(letter.body), null, 2); } catch { return null; }
}

export default function deadLetter({ parts: [id] }) {
	const box = h('div', { class: 'stack' }), title = h('span', {}, 'Dead letter');
	let raw = false;

	function body(l) {
		const laid = pretty(l), shown = h('pre', { class: 'body', tabindex: '0', role: 'region', 'aria-label': 'Its body' }, raw || laid === null ? l.body : laid);
		const toggle = laid !== null && laid !== l.body && h('button', { type: 'button', class: 'chip', 'aria-pressed': String(raw), onclick: () => { raw = !raw; toggle.setAttribute('aria-pressed', String(raw)); shown.textContent = raw ? l.body : laid; } }, 'As it came');
		if (l.body === null || l.body === undefined) return panel({ title: 'What came' }, h('p', { class: 'soft' }, 'Its body is not kept any more.'));
		return panel({ title: 'What came', text: l.bodyCut ? `The first 256 KB of ${inBytes(l.size)}.` : `${inBytes(l.size)}.`, tools: toggle }, shown);
	}
	const fact = (name, value) => value && h('div', {}, h('dt', {}, name), h('dd', {}, value));
	function draw(l) {
		title.textContent = l.event;
		const again = h('button', { type: 'button', class: 'button primary', onclick: async () => {
			if (again.getAttribute('aria-disabled')) return;
			again.setAttribute('aria-disabled', 'true');
			if (await replay(l)) go(BACK); else again.removeAttribute('aria-disabled');
		} }, icon('sync'), 'Replay');
		return [panel({ title: 'Why it is here', tools: [again, h('button', { type: 'button', class: 'button danger', onclick: async () => { if (await discard(l)) go(BACK); } }, icon('bin'), 'Discard')] },
			h('p', { class: 'notice bad' }, l.reason || 'The reason was not told.'),
			h('dl', { class: 'facts' }, fact('From', l.source), fact('Repository', l.repository), fact('Came', full(l.receivedAt)), fact('Tried', l.attempts === 1 ? 'once' : `${number(l.attempts)} times`), fact('Delivery', h('code', {}, l.guid)))), body(l)];
	}
	load(box, () => api('GET', `/dead-letters/${id}`), draw, { title: 'The dead letter could not be loaded', lines: 8 });
	return { title: 'Dead letter', element: h('div', { class: 'stack' }, h('a', { class: 'back', href: BACK }, '← All dead letters'), h('div', { class: 'topbar' }, h('h1', {}, title)), box) };
}
