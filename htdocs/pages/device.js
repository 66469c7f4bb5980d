// device.js - lets a device in (RFC 8628): the tracker or a command line shows a
// code, the person who is signed in here says yes or no.

import { h, icon, replace } from '../app/dom.js';
import { api, user } from '../app/session.js';
import { ago } from '../app/format.js';
import { door, result } from '../components/door.js';
import { field } from '../components/field.js';
import { form, words } from '../components/form.js';

const plain = (code) => code.toUpperCase().replace(/[^A-Z0-9]/g, '');

export default async function device({ query }) {
	const box = h('div', { class: 'door-box', 'aria-live': 'polite' });
	const code = field({ name: 'code', label: 'Code', required: true, autocomplete: 'one-time-code', autocapitalize: 'characters', spellcheck: 'false', class: 'code-input', maxlength: 16,
		value: query.get('user_code') || query.get('code') || '', hint: 'It stands on the device, for instance BDFG-HJKL.', check: (v) => plain(v).length < 6 ? 'The code is longer' : '' });
	const made = form({ fields: [code], submit: 'Go on', wide: true,
		send: (values) => api('GET', `/auth/device?code=${encodeURIComponent(values.code)}`),
		done: (asks, values) => decide(asks, values.code) });

	function decide(asks, userCode) {
		const said = h('div', { role: 'alert' }), buttons = [['Let it in', 'primary', true], ['Refuse', '', false]].map(([text, kind, approve]) =>
			h('button', { type: 'button', class: `button wide ${kind}`, onclick: () => answer(approve) }, text));
		async function answer(approve) {
			for (const b of buttons) b.disabled = true;
			try {
				await api('POST', '/auth/device', { userCode, approve });
				replace(box, approve ? result('check', 'good', h('h2', {}, 'The device is in'), h('p', {}, 'You can go back to it. It appears among your sessions, where you can end it.'), h('a', { class: 'button', href: '/dashboard/settings/security' }, 'Your sessions'))
					: result('close', 'warn', h('h2', {}, 'Refused'), h('p', {}, 'The device was not let in.'), h('a', { class: 'button', href: '/dashboard/activity' }, 'To the activity feed')));
			} catch (problem) {
				replace(said, h('p', { class: 'notice bad' }, words(problem)));
				for (const b of buttons) b.disabled = false;
			}
		}
		replace(box,
			h('div', { class: 'invited' }, h('span', { class: 'door-mark' }, icon('device')), h('div', {}, h('strong', {}, asks.client),
				h('span', { class: 'soft' }, `${asks.device ? `on ${asks.device}, ` : ''}asks to act as ${user.email}`),
				h('span', { class: 'soft' }, [asks.address, ago(asks.createdAt)].filter(Boolean).join(', ')))),
			h('p', { class: 'code-shown', tabindex: '-1' }, h('span', { class: 'unseen' }, 'Code '), userCode.toUpperCase()),
			h('p', { class: 'soft' }, 'Say yes only if this code stands on a device before you, and you have begun this yourself.'), said, buttons);
		// Not on an answer: it is to be thought about.
		box.querySelector('.code-shown').focus();
	}
	replace(box, made.element);
	// A link with the code in it: asked before anything is drawn.
	if (code.value && !code.check()) await api('GET', `/auth/device?code=${encodeURIComponent(code.value)}`).then((asks) => decide(asks, code.value), made.refuse);
	return {
		title: 'Let a device in',
		enter: () => (box.querySelector('.code-shown') || code.input).focus(),
		element: door({ title: 'Let a device in', text: 'The time tracker or a command line wants to work for you.', footer: h('a', { href: '/dashboard/activity' }, 'Back to Pulse') }, box),
	};
}
