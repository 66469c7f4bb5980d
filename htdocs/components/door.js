// door.js - the frame of the pages before the login: one card, and beside it on
// a wide screen what Pulse is.
//
//	door({ title, text, footer, logo }, …children)

import { h, icon } from '../app/dom.js';
import { ask, expectSession } from '../app/session.js';

const told = [
	['activity', 'Live', 'Commits, reviews and deployments within a second of the event.'],
	['rules', 'Numbers you can check', 'Every figure says what it was computed from.'],
	['shield', 'Your own server', 'Nothing leaves it, and nobody is ranked.'],
];

export function door({ title, text, footer }, ...children) {
	return h('div', { class: 'door' },
		h('div', { class: 'door-card' },
			h('header', {}, h('a', { class: 'door-brand', href: '/login', 'aria-label': 'Pulse' }, h('img', { src: '/icon.svg', alt: '', width: 36, height: 36 }), h('span', {}, 'Pulse')),
				h('h1', {}, title), text && h('p', { class: 'soft' }, text)),
			children,
			footer && h('footer', {}, footer)),
		h('aside', { class: 'door-side', 'aria-label': 'About Pulse' },
			h('div', { class: 'door-told' }, h('p', { class: 'door-line' }, 'What your teams do, as it happens, in numbers you can check.'),
				h('ul', {}, told.map(([mark, name, what]) => h('li', {}, icon(mark), h('div', {}, h('strong', {}, name), h('span', {}, what)))))),
			h('img', { class: 'door-wave', src: '/wave.svg', alt: '', width: 800, height: 220 })));
}

// Which ways in there are. Asked before anything is drawn, so that nothing moves;
// a server that is slow to say is not waited for.
const WAITS = 1000;
export const ways = () => Promise.race([ask('GET', '/auth/providers').catch(() => ({})), new Promise((on) => setTimeout(on, WAITS, {}))]);

// A step that is done, or failed, in place of a form.
export const result = (mark, kind, ...children) => h('div', { class: `door-result ${kind}`, role: kind === 'bad' ? 'alert' : 'status' }, icon(mark), ...children);

// The way in by GitHub, and a word between it and a form.
export const githubLink = (next, label, kind = 'button') => h('a', { class: kind, href: `/api/v1/auth/github?next=${encodeURIComponent(next)}`, onclick: expectSession }, icon('github'), label);
export const githubButton = (next, label = 'Continue with GitHub') => [githubLink(next, label, 'button wide'), h('div', { class: 'or' }, h('span', {}, 'or'))];
