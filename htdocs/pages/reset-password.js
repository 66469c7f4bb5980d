// reset-password.js - a new password, by the link of a letter.

import { h, replace } from '../app/dom.js';
import { go } from '../app/router.js';
import { ask } from '../app/session.js';
import { door, result } from '../components/door.js';
import { form } from '../components/form.js';
import { passwordField } from '../components/password-field.js';

export default function resetPassword({ query }) {
	const token = query.get('token'), box = h('div', { class: 'door-box' });
	// The link works once, and is not to stay in the browser's history.
	if (token) history.replaceState(null, '', '/reset-password');
	const password = passwordField({ label: 'New password', fresh: true });
	const stale = () => replace(box, result('warning', 'bad', h('h2', {}, 'This link does not work any more'), h('p', {}, 'It works once, and for an hour. Ask for another one; it takes a minute.'), h('a', { class: 'button primary', href: '/forgot-password' }, 'Send me another link')));
	const made = form({ fields: [password], submit: 'Set the password', wide: true,
		async send(values) {
			try {
				await ask('POST', '/auth/reset-password', { token, password: values.password });
				return true;
			} catch (problem) {
				if (![400, 404, 410, 422].includes(problem.status) || problem.errors.some((e) => e.field === 'password')) throw problem;
				stale();
				return false;
			}
		},
		done: (set) => set && go('/login?changed=1', { replace: true }) });
	if (token) replace(box, made.element); else stale();
	return {
		title: 'New password',
		enter: () => { if (token) password.input.focus(); },
		element: door({ title: 'Choose a new password', text: 'All your sessions end when it is set, here and elsewhere.', footer: h('a', { href: '/login' }, 'Back to the sign-in') }, box),
	};
}
