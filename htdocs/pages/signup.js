// signup.js - a new account, and an organisation of its own.

import { h, replace } from '../app/dom.js';
import { go } from '../app/router.js';
import { ask, user } from '../app/session.js';
import { door, githubButton, result, ways } from '../components/door.js';
import { field } from '../components/field.js';
import { form } from '../components/form.js';
import { passwordField } from '../components/password-field.js';

export default async function signup({ query }) {
	// The link of an invitation may lead here.
	if (query.get('token')) queueMicrotask(() => go(`/invite?token=${encodeURIComponent(query.get('token'))}`, { replace: true }));

	const { github, signUp } = await ways();
	if (user) queueMicrotask(() => go('/dashboard/activity', { replace: true }));
	const name = field({ name: 'name', label: 'Your name', required: true, autocomplete: 'name', maxlength: 100 });
	const email = field({ name: 'email', label: 'E-mail', type: 'email', required: true, autocomplete: 'username', inputmode: 'email', maxlength: 254 });
	const organisation = field({ name: 'organisation', label: 'Organisation', required: true, autocomplete: 'organization', maxlength: 100, hint: 'Your company or group; you are its owner and invite the others.' });
	const password = passwordField({ fresh: true, about: () => [email.value, name.value] });
	const box = h('div', { class: 'door-box' });
	const made = form({ fields: [name, email, organisation, password], submit: 'Create account', wide: true,
		send: (values) => ask('POST', '/auth/register', values), done: (_, values) => sent(values.email) });

	// Always the same, so that nobody learns who has an account here.
	function sent(address) {
		const again = h('button', { type: 'button', class: 'button', onclick: async () => {
			again.disabled = true;
			await ask('POST', '/auth/resend-verification', { email: address }).then(() => { again.textContent = 'Sent again'; }, (problem) => { again.disabled = false; again.textContent = problem.status === 429 ? 'Please wait a minute' : 'Try again'; });
		} }, 'Send it again');
		replace(box, result('mail', 'good', h('h2', { tabindex: '-1' }, 'Look into your mailbox'), h('p', {}, 'We have written to ', h('strong', {}, address), '. The link in the letter opens your account; it holds for a day.'), again));
		box.querySelector('h2').focus();
	}
	const shut = (text) => replace(box, result('lock', 'warn', h('h2', {}, text), h('p', {}, 'An administrator of your organisation invites you by e-mail; the link in that letter leads here.'), h('a', { class: 'button', href: '/login' }, 'To the sign-in')));

	if (signUp === 'invited') shut('One joins by invitation here');
	else if (signUp === 'closed') shut('No new accounts are made here');
	else replace(box, github && githubButton('/dashboard/activity', 'Sign up with GitHub'), made.element);
	return {
		title: 'Create an account',
		enter: () => name.input.focus(),
		element: door({ title: 'Create your account', footer: h('span', {}, 'Have one already? ', h('a', { href: '/login' }, 'Sign in')) }, box),
	};
}
