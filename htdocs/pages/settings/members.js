// members.js - who is in the organisation, with which role, and who is invited.

import { h, icon, replace } from '../../app/dom.js';
import { ago, full } from '../../app/format.js';
import { everything } from '../../app/lists.js';
import { api, loadMe, may, me, user } from '../../app/session.js';
import { avatar } from '../../components/avatar.js';
import { ask, confirm } from '../../components/dialog.js';
import { field } from '../../components/field.js';
import { words } from '../../components/form.js';
import { heading } from '../../components/heading.js';
import { menu } from '../../components/menu.js';
import { panel } from '../../components/panel.js';
import { empty, load } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';

const roles = ['owner', 'admin', 'manager', 'member', 'viewer'];
const meaning = { owner: 'everything, and the organisation itself', admin: 'members, settings, audit log', manager: 'figures of his teams', member: 'connects repositories', viewer: 'looks on' };
// Whom he may change, and to what: an owner all, an admin not the owners.
const given = () => roles.filter((r) => r !== 'owner' || may('own'));
const mayChange = (m) => may('administer') && (m.role !== 'owner' || may('own'));

export default function members({ query }) {
	const box = h('div', {}), waiting = h('div', {});
	let all = [], teams = [];
	const search = h('input', { type: 'search', class: 'search', placeholder: 'Name, address or team', 'aria-label': 'Search members', value: query.get('q') || '', oninput: filter });
	const count = h('p', { class: 'unseen', role: 'status' });

	const role = (m) => mayChange(m)
		? h('select', { class: 'select small', 'aria-label': `Role of ${m.name}`, onchange: (e) => change(m, e.target) }, [...new Set([m.role, ...given()])].map((r) => h('option', { value: r, selected: r === m.role }, r)))
		: h('span', { class: 'tag' }, m.role);
	const acts = (m) => (mayChange(m) || m.id === user.id) && menu({
		button: h('button', { type: 'button', class: 'button bare', 'aria-label': `More on ${m.name}` }, icon('more')), label: m.name,
		items: () => [{ name: m.id === user.id ? 'Leave the organisation' : 'Remove from the organisation', icon: 'out', danger: true, pick: () => remove(m) }],
	});
	const table = new Table({ label: 'Members', empty: () => empty({ icon: 'search', title: 'Nobody matches', text: 'Try a part of the name or of the address.' }), columns: [
		{ name: 'Member', class: 'main', cell: (m) => h('div', { class: 'with-icon' }, avatar(m.name), h('div', {}, h('strong', {}, m.name, m.id === user.id && h('span', { class: 'tag accent' }, 'you')), h('span', { class: 'soft' }, m.email))) },
		{ name: 'Role', cell: role },
		{ name: 'Teams', cell: (m) => m.teams?.length ? m.teams.map((t) => h('a', { class: 'tag', href: `/dashboard/settings/teams/${t.id}` }, t.name)) : h('span', { class: 'soft' }, 'none') },
		{ name: 'Last seen', cell: (m) => h('span', { title: m.lastSeenAt ? full(m.lastSeenAt) : null }, ago(m.lastSeenAt)) },
		{ name: 'Actions', unseen: true, class: 'acts more', cell: acts },
	] });

	function filter() {
		const wanted = search.value.trim().toLowerCase();
		const url = new URL(location.href);
		if (wanted) url.searchParams.set('q', wanted); else url.searchParams.delete('q');
		history.replaceState(null, '', url);
		table.become(all.filter((m) => [m.name, m.email || '', m.github || '', m.role, ...(m.teams || []).map((t) => t.name)].some((t) => t.toLowerCase().includes(wanted))));
		count.textContent = `${table.rows.length} of ${all.length} members`;
	}

	// Shown at once, and taken back where the server would not.
	async function change(m, select) {
		const before = m.role, wanted = select.value;
		if (m.id === user.id && !await confirm({ title: `Become ${wanted} yourself?`, text: 'You may lose this page, and only another can give the role back.', action: `Become ${wanted}`, danger: true })) { select.value = before; return; }
		m.role = wanted;
		try {
			await api('PATCH', `/team/${m.id}/role`, { role: wanted });
			all = all.map((x) => x.id === m.id ? m : x);
			toast(`${m.name} is ${wanted} now.`, { action: m.id === user.id ? null : ['Undo', () => { select.value = before; change(m, select); }] });
			if (m.id === user.id) await loadMe();
		} catch (problem) {
			m.role = before;
			table.put(m);
			toast(`${m.name} stays ${before}: ${words(problem)}`, { bad: true });
		}
	}
	async function remove(m) {
		const self = m.id === user.id;
		const done = await confirm({ title: self ? `Leave ${me.organisation.name}?` : `Remove ${m.name}?`, danger: true, action: self ? 'Leave' : 'Remove',
			text: self ? 'You see nothing of it any more. Somebody has to invite you to come back.' : 'What they are looking at is taken away within a second. What they did stays in the figures.', does: () => api('DELETE', `/team/${m.id}`) });
		if (!done || self) return;
		all = all.filter((x) => x.id !== m.id);
		table.remove(m.id);
		toast(`${m.name} is not a member any more.`);
	}

	function invite() {
		ask({ title: `Invite to ${me.organisation.name}`, text: 'They get a letter with a link; it holds for a week.', submit: 'Send the invitation', fields: [
			field({ name: 'email', label: 'E-mail', type: 'email', required: true, autocomplete: 'off' }),
			field({ name: 'role', label: 'Role', type: 'select', value: 'member', options: given().map((r) => [r, `${r}: ${meaning[r]}`]) }),
			...(teams.length ? [field({ name: 'teams', label: 'Team', type: 'select', options: [['', 'none yet'], ...teams.map((t) => [t.id, t.name])] })] : []),
		], send: ({ email, role: r, teams: team }) => api('POST', '/team/invite', { email, role: r, ...(team ? { teams: [team] } : {}) }),
		done: (made, values) => { invited(); toast(`${values.email} is invited.`); } });
	}
	const invitations = new Table({ label: 'Invitations', empty: () => h('p', { class: 'soft' }, 'Nobody is waiting to join.'), columns: [
		{ name: 'Address', class: 'main', cell: (i) => h('div', { class: 'with-icon' }, h('span', { class: 'tile' }, icon('mail')), h('div', {}, h('strong', {}, i.email), h('span', { class: 'soft' }, i.invitedBy ? `by ${i.invitedBy}` : ''))) },
		{ name: 'Role', cell: (i) => h('span', { class: 'tag' }, i.role) },
		{ name: 'Holds', cell: (i) => i.expired ? h('span', { class: 'tag warn' }, 'has run out') : `until ${ago(i.expiresAt)}`.replace('until in', 'for') },
		{ name: 'Actions', unseen: true, class: 'acts', cell: (i) => [h('button', { type: 'button', class: 'button small', 'aria-label': `Send again to ${i.email}`, onclick: (e) => resend(i, e.target) }, 'Send again'), h('button', { type: 'button', class: 'button small', 'aria-label': `Revoke the invitation of ${i.email}`, onclick: () => revoke(i) }, 'Revoke')] },
	] });
	async function resend(i, button) {
		button.disabled = true;
		await api('POST', `/invitations/${i.id}/resend`).then(() => { toast(`Sent to ${i.email} again.`); invited(); }, (problem) => toast(words(problem), { bad: true }));
		button.disabled = false;
	}
	async function revoke(i) {
		const before = invitations.rows;
		invitations.remove(i.id);
		await api('DELETE', `/invitations/${i.id}`).then(() => toast('The invitation is taken back.'), (problem) => {
			invitations.set(before);
			toast(`The invitation still holds: ${words(problem)}`, { bad: true });
		});
	}
	async function invited() {
		if (invitations.rows.length) return everything('/invitations').then((rows) => invitations.become(rows), () => {});
		return load(waiting, () => everything('/invitations'), (rows) => { invitations.set(rows); return invitations.element; }, { title: 'Invitations could not be loaded', lines: 1 });
	}

	// One below the other: what is below is drawn when the upper stands.
	const below = h('div', { hidden: true }, panel({ title: 'Invitations' }, waiting));
	load(box, () => everything('/team'), (rows) => {
		all = rows;
		filter();
		return table.element;
	}, { title: 'The members could not be loaded', lines: 6 }).then(() => { below.hidden = false; });
	invited();
	everything('/teams').then((rows) => { teams = rows; }, () => {});
	return {
		title: 'Members',
		rights: () => { table.set([]); filter(); },
		changed: (list) => {
			if (list !== 'invitations' && all.length) everything('/team').then((rows) => { all = rows; filter(); }, () => {});
			if (list !== 'teams' && list !== 'members') invited();
			if (list !== 'invitations' && list !== 'members') everything('/teams').then((rows) => { teams = rows; }, () => {});
		},
		element: h('div', { class: 'stack' }, heading('Members', `Who belongs to ${me?.organisation.name}, and what they may.`, h('button', { type: 'button', class: 'button primary', onclick: invite }, icon('plus'), 'Invite')),
			panel({ title: 'Members', tools: search }, count, box), below),
	};
}
