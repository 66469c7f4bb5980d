// verify-email.js - the link of the first letter: the address is right, come in.

import { h, replace } from '../app/dom.js';
import { go } from '../app/router.js';
import { ask, signInBy } from '../app/session.js';
import { door, result } from '../components/door.js';
import { field } from '../components/field.js';
import { form, words } from '../components/form.js';

export default function verifyEmail({ query }) {
	const token = query.get('token'), box = h('div', { class: 'door-box', 'aria-live': 'polite' });
	if (token) history.replaceState(null, '', '/verify-email');

	function another(why) {
		const email = field({ name: 'email', label: 'E-mail', type: 'email', required: true, autocomplete: 'username' });
		const again = form({ fields: [email], submit: 'Send another link', wide: true, send: (values) => ask('POST', '/auth/resend-verification', values),
			done: () => replace(box, result('mail', 'good', h('h2', {}, 'Look into your mailbox'), h('p', {}, 'If that address waits to be verified, another letter is on its way.'))) });
		replace(box, result('warning', 'bad', h('h2', {}, why), h('p', {}, 'The link works once, and for a day.')), again.element);
	}

	// By a press and not at once: some mail programs open every link in advance.
	async function verify() {
		try {
			await signInBy('/auth/verify-email', { token });
			go('/dashboard/activity', { replace: true });
		} catch (problem) {
			if (problem.status && problem.status < 500 && problem.status !== 429) return another('This link does not work any more');
			replace(box, result('warning', 'bad', h('h2', {}, 'Not verified yet'), h('p', {}, words(problem))), button);
		}
	}
	const button = h('button', { type: 'button', class: 'button primary wide', onclick: async () => {
		button.disabled = true;
		await verify();
		button.disabled = false;
	} }, 'Verify and sign in');
	if (token) replace(box, button); else another('There is no link to verify here');
	return {
		title: 'Verify your address',
		enter: () => { if (token) button.focus(); },
		element: door({ title: 'Verify your address', text: token ? 'One press, and your account is open.' : null, footer: h('a', { href: '/login' }, 'Back to the sign-in') }, box),
	};
}
