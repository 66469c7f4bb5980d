// security.js - the ways in: password, GitHub, and where one is signed in now.

import { h, icon, replace } from '../../app/dom.js';
import { ago, full } from '../../app/format.js';
import { everything } from '../../app/lists.js';
import { api, ask, loadMe, me, user } from '../../app/session.js';
import { confirm } from '../../components/dialog.js';
import { form, words } from '../../components/form.js';
import { githubLink } from '../../components/door.js';
import { heading } from '../../components/heading.js';
import { panel } from '../../components/panel.js';
import { passwordField } from '../../components/password-field.js';
import { empty, load } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';

function passwordPanel() {
	const has = me?.hasPassword !== false;
	if (!has) return panel({ title: 'Password', text: 'You sign in with GitHub and have no password. To have one as well, ask for a link.' },
		h('div', {}, h('a', { class: 'button', href: `/forgot-password?email=${encodeURIComponent(user.email)}` }, 'Set a password')));
	const current = passwordField({ name: 'current', label: 'Current password' }), fresh = passwordField({ name: 'password', label: 'New password', fresh: true, about: () => [user.email, user.name] });
	// So that a password manager knows whose it is.
	const who = h('input', { type: 'text', name: 'username', autocomplete: 'username', value: user.email, hidden: true, readonly: true });
	const made = form({ fields: [current, fresh], submit: 'Change the password', send: (values) => api('POST', '/auth/change-password', values),
		layout: () => [who, current.element, fresh.element],
		done: () => { current.value = fresh.value = ''; fresh.input.dispatchEvent(new Event('input')); sessions.again?.(); toast('Your password is changed. All other sessions have ended.'); } });
	return panel({ title: 'Password', text: 'All your other sessions end when it changes.' }, made.element);
}

function githubPanel() {
	const box = h('div', {});
	const draw = () => replace(box, me.github
		? h('div', { class: 'line-of' }, h('span', { class: 'with-icon' }, icon('github'), h('strong', {}, me.github.login || me.github)), h('button', { type: 'button', class: 'button', onclick: unlink }, 'Unlink'))
		: githubLink('/dashboard/settings/security', 'Link your GitHub account'));
	async function unlink() {
		const done = await confirm({ title: 'Unlink GitHub?', text: 'You can then sign in with your password only.', action: 'Unlink', danger: true, does: () => api('DELETE', '/auth/github') });
		if (!done) return;
		await loadMe().catch(() => {});
		draw();
		toast('GitHub is unlinked.');
	}
	draw();
	return panel({ title: 'GitHub', text: 'Sign in with it, and have your commits and reviews known as yours.' }, box);
}

const mark = (device = '') => /iphone|android|mobile/i.test(device) ? 'phone' : /tracker|cli|curl|command/i.test(device) ? 'key' : 'device';

const sessions = { again: null };
function sessionsPanel() {
	const box = h('div', {});
	const others = h('button', { type: 'button', class: 'button', hidden: true, onclick: endOthers }, 'End all others');
	const table = new Table({ label: 'Sessions', empty: () => empty({ icon: 'shield', title: 'No sessions' }), columns: [
		{ name: 'Device', class: 'main', cell: (s) => h('div', { class: 'with-icon' }, h('span', { class: 'tile' }, icon(mark(s.device))), h('div', {}, h('strong', {}, s.device || 'Unknown device'), h('span', { class: 'soft' }, s.address || ''))) },
		{ name: 'Last seen', cell: (s) => s.current ? h('span', { class: 'tag good' }, 'This one') : h('time', { datetime: s.lastSeenAt, title: full(s.lastSeenAt) }, ago(s.lastSeenAt)) },
		{ name: 'Since', cell: (s) => h('time', { datetime: s.createdAt, title: full(s.createdAt) }, ago(s.createdAt)) },
		{ name: 'Actions', unseen: true, class: 'acts', cell: (s) => !s.current && h('button', { type: 'button', class: 'button small', 'aria-label': `End the session on ${s.device || 'an unknown device'}`, onclick: () => end(s) }, 'End') },
	] });
	const count = () => { others.hidden = table.rows.filter((s) => !s.current).length < 1; };

	// Gone at once, and back where the server would not.
	async function end(session) {
		const before = table.rows;
		table.remove(session.id);
		count();
		try {
			await api('DELETE', `/auth/sessions/${session.id}`);
			toast('The session has ended.');
		} catch (problem) {
			if (problem.status === 404) return;
			table.set(before);
			count();
			toast(`The session goes on: ${words(problem)}`, { bad: true });
		}
	}
	async function endOthers() {
		const done = await confirm({ title: 'End all other sessions?', text: 'Every other browser and device has to sign in again.', action: 'End them', danger: true, does: () => api('DELETE', '/auth/sessions') });
		if (!done) return;
		table.set(table.rows.filter((s) => s.current));
		count();
		toast('All other sessions have ended.');
	}
	sessions.again = () => load(box, () => everything('/auth/sessions'), (rows) => {
		table.set([...rows].sort((a, b) => b.current - a.current));
		count();
		return table.element;
	}, { title: 'Your sessions could not be loaded' });
	return panel({ title: 'Sessions', text: 'Where you are signed in. One that you do not know: end it, and change your password.', tools: others }, box);
}

export default function security() {
	const github = h('div', {}), providers = ask('GET', '/auth/providers').catch(() => ({}));
	const element = h('div', { class: 'stack' }, heading('Sign-in and sessions', 'How you come in, and where you are in now.'), passwordPanel(), sessionsPanel(), github);
	// Below the sessions, so not before they stand.
	sessions.again().then(async () => { if (me?.github || (await providers).github) replace(github, githubPanel()); });
	return { title: 'Sign-in and sessions', leave: () => { sessions.again = null; }, element };
}
