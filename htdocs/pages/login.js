// login.js - the way in.

import { h, replace } from '../app/dom.js';
import { go, ours } from '../app/router.js';
import { leaving, Problem, signIn, signOut, user } from '../app/session.js';
import { door, githubButton, ways } from '../components/door.js';
import { field } from '../components/field.js';
import { form } from '../components/form.js';
import { passwordField } from '../components/password-field.js';

const reasons = {
	denied: 'GitHub was not allowed to say who you are.',
	taken: 'This GitHub login belongs to another account here.',
	signup: 'No account goes with this GitHub login. Ask an administrator of your organisation for an invitation.',
	organisation: 'Your GitHub login is known, but you belong to no organisation here. Ask for an invitation.',
	email: 'GitHub knows no verified e-mail address of yours, so it cannot be used to sign in here.',
	busy: 'GitHub does not answer just now. Please try again in a minute.',
	state: 'That sign-in took too long, or was begun elsewhere. Please try again.',
};

const joining = (signUp) => signUp === 'open' ? h('span', {}, 'No account yet? ', h('a', { href: '/signup' }, 'Create one'))
	: signUp === 'invited' ? 'No account? An administrator of your organisation invites you by e-mail.' : 'No account? Your administrator adds you to an organisation.';

export default async function login({ query }) {
	const next = ours(query.get('next'));
	const { github, signUp } = await ways();
	if (user) queueMicrotask(() => go(next, { replace: true }));
	const trouble = h('div', { role: 'alert' });
	const notice = (kind, text) => replace(trouble, h('p', { class: `notice ${kind}` }, text));
	const signedOut = () => notice('warn', 'You have been signed out.');
	if (leaving()) stillIn('It was not told of your sign-out.');
	else if (query.get('ended')) signedOut();
	else if (query.get('deleted')) notice('warn', `${query.get('deleted')} is deleted. Who owns it may sign in within 30 days and take that back.`);
	else if (query.get('changed')) notice('good', 'Your password is changed. Please sign in with the new one.');
	else if (query.get('error')) notice('bad', reasons[query.get('error')] || 'Signing in with GitHub did not succeed.');

	// Signed out here, but the server could not be told: whoever has this
	// browser could go on where the person stopped.
	function stillIn(why) {
		const again = h('button', { type: 'button', class: 'button', onclick: tell }, 'Sign out again');
		replace(trouble, h('div', { class: 'notice bad' }, h('strong', {}, 'Your session is still open on the server'), h('span', {}, why), h('div', {}, again)));
	}
	let telling = null;
	function tell() {
		trouble.querySelector('button').disabled = true;
		telling ||= tellOnce().finally(() => { telling = null; });
	}
	async function tellOnce() {
		try {
			await signOut();
			signedOut();
		} catch (problem) {
			stillIn(problem instanceof Problem ? problem.title : 'The server does not answer.');
		}
	}

	const unverified = (problem) => problem.type?.endsWith('email-not-verified') && replace(trouble, h('div', { class: 'notice warn' }, h('span', {}, 'Your address is not verified yet. '), h('div', {}, h('a', { class: 'button', href: '/verify-email' }, 'Send the letter again'))));
	const email = field({ id: 'email', name: 'email', label: 'E-mail', type: 'email', required: true, autocomplete: 'username', inputmode: 'email', value: query.get('email') || '' });
	const password = passwordField({ id: 'password', label: 'Password' });
	const made = form({
		fields: [email, password], submit: 'Sign in', wide: true,
		async send(values) {
			if (!telling) replace(trouble);
			await telling;		// its answer takes cookies away
			await signIn(values.email, values.password).catch((problem) => { unverified(problem); throw problem; });
		},
		done: () => go(next, { replace: true }),
	});

	return {
		title: 'Sign in',
		enter() {
			(email.input.value ? password : email).input.focus();
			// Perhaps it can be told by now.
			if (leaving()) tell();
		},
		element: door({ title: 'Sign in to Pulse', footer: joining(signUp) }, trouble, github && githubButton(next), made.element,
			h('a', { class: 'door-aside', href: '/forgot-password' }, 'Forgotten your password?')),
	};
}
