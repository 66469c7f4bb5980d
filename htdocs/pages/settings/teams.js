// teams.js - the teams of the organisation.

import { h, icon } from '../../app/dom.js';
import { ownZone } from '../../app/format.js';
import { everything } from '../../app/lists.js';
import { go } from '../../app/router.js';
import { api } from '../../app/session.js';
import { avatar } from '../../components/avatar.js';
import { ask } from '../../components/dialog.js';
import { heading } from '../../components/heading.js';
import { panel } from '../../components/panel.js';
import { empty, load } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { teamFields, teamValues } from '../../components/team-fields.js';

const many = (n, one) => n === undefined || n === null ? '' : `${n} ${n === 1 ? one : one === 'repository' ? 'repositories' : one + 's'}`;

export default function teams() {
	const box = h('div', {});
	const begin = () => ask({ title: 'A new team', submit: 'Create the team', fields: teamFields({ timeZone: ownZone(), sprintLengthDays: 14 }),
		send: (values) => api('POST', '/teams', teamValues(values)), done: (made) => go(`/dashboard/settings/teams/${made.id}`) });
	const button = () => h('button', { type: 'button', class: 'button primary', onclick: begin }, icon('plus'), 'New team');
	const table = new Table({ label: 'Teams', empty: () => empty({ icon: 'team', title: 'No teams yet', text: 'A team has members and repositories. Who is not owner or admin sees what his teams have.', action: button() }), columns: [
		{ name: 'Team', class: 'main', cell: (t) => h('div', { class: 'with-icon' }, avatar(t.name, { square: true }), h('div', {}, h('a', { href: `/dashboard/settings/teams/${t.id}` }, h('strong', {}, t.name)), h('span', { class: 'soft' }, t.slug))) },
		{ name: 'Members', cell: (t) => many(t.members, 'member') },
		{ name: 'Repositories', cell: (t) => many(t.repositories, 'repository') },
		{ name: 'Time zone', cell: (t) => t.timeZone?.replaceAll('_', ' ') },
		{ name: 'Sprint', cell: (t) => t.sprintLengthDays ? `${t.sprintLengthDays} days` : '–' },
	] });
	load(box, () => everything('/teams'), (rows) => { table.set(rows); return table.element; }, { title: 'The teams could not be loaded' });
	const changed = (list) => { if (list !== 'invitations') everything('/teams').then((rows) => table.become(rows), () => {}); };
	return { title: 'Teams', changed, element: h('div', { class: 'stack' }, heading('Teams', 'Who works together, on which repositories, in which rhythm.', button()), panel({ title: 'All teams' }, box)) };
}
