// invite.js - an invitation to an organisation: join with the account that is
// signed in, sign in first, or make an account by the invitation itself.

import { h, replace } from '../app/dom.js';
import { go } from '../app/router.js';
import { api, ask, loadMe, signInBy, signOut, user } from '../app/session.js';
import { avatar } from '../components/avatar.js';
import { door, result } from '../components/door.js';
import { field } from '../components/field.js';
import { form, words } from '../components/form.js';
import { passwordField } from '../components/password-field.js';
import { load } from '../components/states.js';

const roles = { owner: 'owner, who may everything', admin: 'admin, who runs members and settings', manager: 'manager, who sees the figures of his teams', member: 'member', viewer: 'viewer, who looks on' };

export default async function invite({ query }) {
	const token = query.get('token') || '', box = h('div', { class: 'door-box' });
	const title = h('span', {}, 'You are invited');
	const here = `/invite?token=${encodeURIComponent(token)}`;

	const told = (i) => h('div', { class: 'invited' }, avatar(i.organisation, { large: true, square: true }),
		h('div', {}, h('strong', {}, i.organisation), h('span', { class: 'soft' }, `as ${roles[i.role] || i.role}`), h('span', { class: 'soft' }, `for ${i.email}`)));
	const gone = (heading, text) => result('warning', 'bad', h('h2', {}, heading), h('p', {}, text), h('a', { class: 'button', href: '/login' }, 'To the sign-in'));

	async function accept() {
		const { org } = await api('POST', '/invitations/accept', { token });
		await signInBy('/auth/switch', { org });
		await loadMe();
		go('/dashboard/activity', { replace: true });
	}

	function joining(i) {
		const said = h('div', { role: 'alert' });
		const button = h('button', { type: 'button', class: 'button primary wide', onclick: async () => {
			button.disabled = true;
			await accept().catch((problem) => replace(said, h('p', { class: 'notice bad' }, words(problem))));
			button.disabled = false;
		} }, `Join ${i.organisation}`);
		return [h('p', { class: 'soft' }, `You are signed in as ${user.email}.`), said, button];
	}

	const another = (i) => [h('p', { class: 'notice warn' }, `You are signed in as ${user.email}, but the invitation is for ${i.email}.`),
		h('button', { type: 'button', class: 'button wide', onclick: () => signOut().catch(() => {}).then(() => go(`/login?next=${encodeURIComponent(here)}&email=${encodeURIComponent(i.email)}`)) }, 'Sign in as somebody else')];

	function registering(i) {
		const name = field({ name: 'name', label: 'Your name', required: true, autocomplete: 'name', maxlength: 100 });
		const email = field({ name: 'email', label: 'E-mail', type: 'email', value: i.email, readonly: true, autocomplete: 'username' });
		const password = passwordField({ label: 'Choose a password', fresh: true, about: () => [i.email, name.value] });
		const made = form({ fields: [name, email, password], submit: `Create account and join`, wide: true,
			send: (values) => signInBy('/auth/register', { ...values, email: i.email, invitation: token }),
			done: (answer) => {
				if (answer?.accessToken) return loadMe().then(() => go('/dashboard/activity', { replace: true }));
				replace(box, result('mail', 'good', h('h2', { tabindex: '-1' }, 'Look into your mailbox'), h('p', {}, 'We have written to ', h('strong', {}, i.email), '; the letter leads you in.')));
				return box.querySelector('h2').focus();
			} });
		return [h('a', { class: 'button wide', href: `/login?next=${encodeURIComponent(here)}&email=${encodeURIComponent(i.email)}` }, 'I have an account: sign in'), h('div', { class: 'or' }, h('span', {}, 'or')), made.element];
	}

	function draw(i) {
		title.textContent = `Join ${i.organisation}`;
		if (i.expired) return gone('This invitation has run out', `Ask ${i.organisation} for another one.`);
		const same = user && user.email.toLowerCase() === i.email.toLowerCase();
		return h('div', { class: 'door-box' }, told(i), !user ? registering(i) : same ? joining(i) : another(i));
	}
	const asked = () => ask('GET', `/invitations/by-token?token=${encodeURIComponent(token)}`).catch((problem) => {
		if (![400, 404, 410].includes(problem.status)) throw problem;
		return null;
	});
	const found = (i) => i ? draw(i) : gone('This invitation is not there any more', 'It was used, taken back, or the link is not whole.');
	// Asked before anything is drawn, so that nothing moves.
	const first = token ? await asked().then((i) => () => i, (problem) => () => { throw problem; }) : () => null;
	let again = false;
	await load(box, () => { const ask = again ? asked : first; again = true; return ask(); }, found, { title: 'The invitation could not be read' });
	return { title: 'Invitation', element: door({ title, footer: null }, box) };
}
