// password-field.js - a password: can be shown, says when caps lock is on, and,
// where a new one is chosen, what is still wrong with it.
//
//	passwordField({ name, label, fresh, about })
//
// fresh: a new password, held to the rules below. about(): words that are not
// to be in it (the e-mail address, the name).

import { h, icon, replace } from '../app/dom.js';
import { field } from './field.js';

const LEAST = 12;
const squeezed = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
const runs = /^(.{1,4}?)\1+$|^(?:0123456789|1234567890|abcdefghijklm|qwertyuiop)/i;

// Each rule: what is asked, and whether it is kept.
export const rules = [
	[(p) => [...p].length < LEAST && p ? `${LEAST} characters or more: ${LEAST - [...p].length} to go` : `${LEAST} characters or more`, (p) => [...p].length >= LEAST],
	[() => 'Not one pattern over and over', (p) => p && !runs.test(p) && new Set(p).size > 4],
	[() => 'Not made of your name or address', (p, words) => p && !words.some((w) => w.length > 3 && squeezed(p).includes(squeezed(w)) && squeezed(p).length < squeezed(w).length + 6)],
];

export function passwordField({ name = 'password', label = 'Password', fresh = false, about = () => [], ...rest }) {
	const words = () => about().flatMap((w) => [w, ...w.split(/[@\s.]+/)]).filter(Boolean);
	const check = (value) => {
		const broken = fresh && rules.find(([, kept]) => !kept(value, words()));
		return broken ? broken[0](value) : '';
	};
	const self = field({ name, label, type: 'password', required: true, autocomplete: fresh ? 'new-password' : 'current-password', autocapitalize: 'none', spellcheck: 'false', maxlength: 1024, ...rest, check: () => check(self.input.value) });
	const { input, element, wrong } = self;
	Object.defineProperty(self, 'value', { get: () => input.value, set: (v) => { input.value = v; self.say(''); } });

	const show = h('button', { type: 'button', class: 'peek', 'aria-pressed': 'false', 'aria-controls': self.id, onclick: () => {
		const shown = input.type === 'password';
		input.type = shown ? 'text' : 'password';
		draw(shown);
		input.focus();
	} });
	const draw = (shown) => {
		show.setAttribute('aria-pressed', String(shown));
		show.setAttribute('aria-label', 'Show the password');
		show.title = shown ? 'Hide the password' : 'Show the password';
		replace(show, icon(shown ? 'hidden' : 'eye'));
	};
	draw(false);

	const caps = h('span', { class: 'caps', role: 'status' });
	const look = (event) => { caps.textContent = event.getModifierState?.('CapsLock') ? 'Caps lock is on' : ''; };
	for (const event of ['keydown', 'keyup', 'pointerdown']) input.addEventListener(event, look);
	input.addEventListener('blur', () => { caps.textContent = ''; });

	const pair = h('div', { class: 'secret' });
	input.replaceWith(pair);
	pair.append(input, show);
	wrong.before(caps);
	if (fresh) element.append(strength(input, words));
	return self;
}

// What is kept so far, as it is typed.
function strength(input, words) {
	const list = h('ul', { class: 'rules', 'aria-label': 'The password must be' });
	const draw = () => replace(list, rules.map(([say, kept]) => {
		const done = Boolean(kept(input.value, words()));
		return h('li', { 'data-kept': done ? '' : null }, icon(done ? 'check' : 'circle'), h('span', {}, say(input.value), h('span', { class: 'unseen' }, done ? ' (kept)' : ' (not yet)')));
	}));
	input.addEventListener('input', draw);
	draw();
	return list;
}
