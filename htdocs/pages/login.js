// login.js - the way in.

import { h, replace } from '../app/dom.js';
import { go } from '../app/router.js';
import { leaving, Problem, signIn, signOut, user } from '../app/session.js';

function field(name, label, type, complete) {
	const wrong = h('span', { class: 'wrong', id: `${name}-wrong` });
	const input = h('input', { id: name, name, type, autocomplete: complete, required: true, 'aria-describedby': wrong.id, oninput: () => say('') });
	const say = (message) => {
		wrong.textContent = message;
		if (message) input.setAttribute('aria-invalid', 'true'); else input.removeAttribute('aria-invalid');
	};
	return { input, say, element: h('div', { class: 'field' }, h('label', { for: name }, label), input, wrong) };
}

// Only our own addresses, so that a link cannot send a person elsewhere.
const own = (address) => address && /^\/(?![/\\])/.test(address) ? address : '/dashboard/activity';

export default function login({ query }) {
	const next = own(query.get('next'));
	if (user) queueMicrotask(() => go(next, { replace: true }));
	const email = field('email', 'E-mail', 'email', 'username');
	const password = field('password', 'Password', 'password', 'current-password');
	const button = h('button', { class: 'button primary wide', type: 'submit' }, 'Sign in');
	const trouble = h('div', { role: 'alert' });
	const signedOut = () => replace(trouble, h('p', { class: 'notice warn' }, 'You have been signed out.'));
	if (leaving()) stillIn('It was not told of your sign-out.');
	else if (query.get('ended')) signedOut();

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

	async function submit(event) {
		event.preventDefault();
		email.say(email.input.validity.valueMissing ? 'Your e-mail address, please' : email.input.validity.typeMismatch ? 'This is not an e-mail address' : '');
		password.say(password.input.value ? '' : 'Your password, please');
		if (!email.input.checkValidity()) return email.input.focus();
		if (!password.input.value) return password.input.focus();
		button.disabled = true;
		if (!telling) replace(trouble);
		try {
			// Its answer takes cookies away.
			await telling;
			await signIn(email.input.value, password.input.value);
			go(next, { replace: true });
		} catch (problem) {
			for (const { field: name, message } of problem.errors || []) ({ email, password })[name]?.say(message);
			const words = !(problem instanceof Problem) ? 'The server does not answer. Is it running?'
				: problem.status === 429 ? `Too many tries. Please wait ${problem.retryAfter || 60} seconds.` : problem.title;
			replace(trouble, h('p', { class: 'notice bad' }, words));
			password.input.select();
			button.disabled = false;
		}
	}

	return {
		title: 'Sign in',
		enter() {
			email.input.focus();
			// Perhaps it can be told by now.
			if (leaving()) tell();
		},
		element: h('div', { class: 'login' }, h('div', { class: 'login-card' },
			h('header', {}, h('img', { src: '/icon.svg', alt: '', width: 44, height: 44 }), h('h1', {}, 'Sign in to Pulse'), h('p', { class: 'soft' }, 'What your teams do, as it happens, in numbers you can check.')),
			trouble,
			h('form', { novalidate: true, onsubmit: submit }, email.element, password.element, button),
			h('footer', {}, 'No account? Your administrator adds you to an organisation.'))),
	};
}
