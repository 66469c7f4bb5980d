// team.js - one team: what it is called, who is in it, what it works on.

import { h, icon, replace } from '../../app/dom.js';
import { everything } from '../../app/lists.js';
import { go } from '../../app/router.js';
import { api } from '../../app/session.js';
import { avatar } from '../../components/avatar.js';
import { confirm } from '../../components/dialog.js';
import { form, words } from '../../components/form.js';
import { heading } from '../../components/heading.js';
import { panel } from '../../components/panel.js';
import { empty, load } from '../../components/states.js';
import { teamFields, teamValues } from '../../components/team-fields.js';
import { toast } from '../../components/toast.js';

// Two lists that one thing can be put into or taken out of: at once, and back
// where the server would not.
function belonging({ path, has, all, name, face, none, add, label }) {
	const list = h('ul', { class: 'belongs', 'aria-label': label });
	const select = h('select', { class: 'select', 'aria-label': add });
	const button = h('button', { type: 'button', class: 'button', onclick: () => select.value && put(all.find((x) => x.id === select.value)) }, icon('plus'), 'Add');
	let inside = has;
	function draw() {
		const left = all.filter((x) => !inside.some((y) => y.id === x.id));
		replace(list, inside.map((x) => h('li', {}, face(x), h('span', {}, name(x)), h('button', { type: 'button', class: 'button bare', 'aria-label': `Take ${name(x)} out`, onclick: () => take(x) }, icon('close')))));
		replace(select, h('option', { value: '' }, left.length ? add : 'Everything is in'), left.map((x) => h('option', { value: x.id }, name(x))));
		select.disabled = button.disabled = !left.length;
	}
	async function change(next, method, x, sorry) {
		const before = inside;
		inside = next;
		draw();
		await api(method, `${path}/${x.id}`).catch((problem) => {
			inside = before;
			draw();
			toast(`${sorry}: ${words(problem)}`, { bad: true });
		});
	}
	const put = (x) => change([...inside, x], 'PUT', x, `${name(x)} was not added`).then(() => select.focus());
	const take = (x) => change(inside.filter((y) => y !== x), 'DELETE', x, `${name(x)} stays`).then(() => select.focus());
	draw();
	return {
		element: h('div', { class: 'stack' }, inside.length || all.length ? null : empty(none), h('div', { class: 'adding' }, select, button), list),
		// Others have changed it. What is being chosen stays chosen.
		become(hasNow, allNow) {
			if (JSON.stringify([inside, all]) === JSON.stringify([hasNow, allNow])) return;
			const chosen = select.value;
			inside = hasNow;
			all = allNow;
			draw();
			if ([...select.options].some((o) => o.value === chosen)) select.value = chosen;
		},
	};
}

const personName = (m) => m.name, repoName = (r) => r.fullName;

export default function team({ parts: [id] }) {
	const box = h('div', { class: 'stack' }), title = h('span', {}, 'Team');
	const path = `/teams/${id}`;
	let people = null, work = null;

	async function ask() {
		const [it, members, repos, everybody, everyRepo] = await Promise.all([api('GET', path), everything(`${path}/members`), everything(`${path}/repos`), everything('/team'), everything('/repos')]);
		return { it, members, repos, everybody, known: [...everyRepo, ...repos.filter((r) => !everyRepo.some((x) => x.id === r.id))] };
	}
	function draw({ it, members, repos, everybody, known }) {
		title.textContent = it.name;
		document.title = `${it.name} · Pulse`;
		const made = form({ fields: teamFields(it), submit: 'Save', send: (v) => api('PATCH', path, teamValues(v)), done: (_, v) => { title.textContent = v.name; toast('The team is saved.'); } });
		people = belonging({ path: `${path}/members`, has: members, all: everybody, name: personName, face: (m) => avatar(personName(m)), label: 'Members of the team', add: 'Choose a member', none: { icon: 'people', title: 'Nobody to add' } });
		work = belonging({ path: `${path}/repos`, has: repos, all: known, name: repoName, face: () => h('span', { class: 'tile' }, icon('repo')), label: 'Repositories of the team', add: 'Choose a repository', none: { icon: 'repo', title: 'No repositories yet', text: 'Connect some, then give them to the team.', action: h('a', { class: 'button', href: '/dashboard/repos' }, 'To the repositories') } });
		return [
			panel({ title: 'Members', text: 'They see what the team has; a manager sees its figures.' }, people.element),
			panel({ title: 'Repositories', text: 'What happens in them is the team\u2019s.' }, work.element),
			panel({ title: 'About the team' }, made.element),
			panel({ title: 'Delete the team', danger: true, text: 'Its members lose what they see through it. Repositories, and what happened, stay.' }, h('div', {}, h('button', { type: 'button', class: 'button danger', onclick: () => remove(it) }, 'Delete the team'))),
		];
	}
	async function remove(it) {
		const done = await confirm({ title: `Delete ${it.name}?`, text: 'This cannot be undone.', action: 'Delete', danger: true, typed: it.slug, does: () => api('DELETE', path) });
		if (!done) return;
		go('/dashboard/settings/teams');
		toast(`${it.name} is deleted.`);
	}
	// The form below may be half filled in: it stays.
	function changed(list) {
		if (!people || list === 'invitations') return;
		ask().then(({ members, repos, everybody, known }) => {
			people.become(members, everybody);
			work.become(repos, known);
		}, (problem) => { if (problem.status === 404) go('/dashboard/settings/teams'); });
	}
	load(box, ask, draw, { title: 'The team could not be loaded', lines: 8 });
	return { title: 'Team', changed, element: h('div', { class: 'stack' }, h('a', { class: 'back', href: '/dashboard/settings/teams' }, '← All teams'), heading(title), box) };
}
