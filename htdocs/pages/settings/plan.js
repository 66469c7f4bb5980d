// plan.js - what the organisation may use, and how much of it is used.

import { h } from '../../app/dom.js';
import { day } from '../../app/format.js';
import { api } from '../../app/session.js';
import { bar } from '../../components/bar.js';
import { heading } from '../../components/heading.js';
import { panel } from '../../components/panel.js';
import { load } from '../../components/states.js';

const names = { members: 'Members', repositories: 'Repositories', invitations: 'Invitations that wait', retentionDays: 'Days that activity is kept' };
const plans = { free: 'Free', team: 'Team', enterprise: 'Enterprise' };
const spoken = (key) => names[key] || key.replace(/([A-Z])/g, ' $1').toLowerCase().replace(/^./, (c) => c.toUpperCase());

export default function plan() {
	const box = h('div', { class: 'stack' });
	load(box, () => api('GET', '/plan'), ({ plan: name, limits = {}, usage = {}, since }) => {
		const kept = Object.keys(limits).filter((k) => !(k in usage));
		return h('div', { class: 'stack' },
			panel({ title: 'Your plan' }, h('div', { class: 'plan-name' }, h('strong', {}, plans[name] || name), h('span', { class: 'soft' }, since ? `since ${day(since)}` : 'Whoever runs this installation sets it.'))),
			panel({ title: 'Usage', text: 'At a limit nothing is lost: what exceeds it is refused, and says so.' }, h('div', { class: 'bars' }, Object.keys(usage).map((k) => bar({ label: spoken(k), used: Number(usage[k]), limit: limits[k] === undefined || limits[k] === null ? null : Number(limits[k]) })))),
			kept.length > 0 && panel({ title: 'Also in your plan' }, h('dl', { class: 'facts' }, kept.map((k) => h('div', {}, h('dt', {}, spoken(k)), h('dd', {}, limits[k] === null ? 'no limit' : String(limits[k])))))));
	}, { title: 'The plan could not be loaded' });
	return { title: 'Plan and usage', element: h('div', { class: 'stack' }, heading('Plan and usage', 'What your organisation may use, and how much of it is used.'), box) };
}
