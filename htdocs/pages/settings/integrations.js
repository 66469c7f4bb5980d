// integrations.js - the ways to GitHub and Jira: the App, tokens, webhook doors;
// whether each works, and how much it may still ask.

import { h, icon, replace } from '../../app/dom.js';
import { ago, full, number } from '../../app/format.js';
import { everything } from '../../app/lists.js';
import { api } from '../../app/session.js';
import { copyable } from '../../components/copy.js';
import { ask, confirm } from '../../components/dialog.js';
import { field } from '../../components/field.js';
import { words } from '../../components/form.js';
import { heading } from '../../components/heading.js';
import { menu } from '../../components/menu.js';
import { panel } from '../../components/panel.js';
import { empty, load } from '../../components/states.js';
import { syncState } from '../../components/sync-state.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';

const GATHER = 1000, LOW = 0.1;
const states = { ok: ['good', 'Works'], failing: ['bad', 'Failing'], revoked: ['bad', 'Revoked'] };
const GITHUB = '/integrations', JIRA = '/integrations/jira';
const jiraKinds = { jira_token: 'token', jira_oauth: 'OAuth' };
const isJira = (i) => i.kind in jiraKinds;
const nameOf = (i) => i.name || i.host;
const said = {
	installed: ['good', 'The GitHub App is installed. ', h('a', { href: '/dashboard/repos' }, 'Connect repositories next.')],
	foreign: ['bad', 'GitHub does not list that installation for you. Sign in here with GitHub, then install it again.'],
	taken: ['bad', 'Another organisation has that installation.'],
	state: ['bad', 'That was not begun here, or took too long. Please install it again.'],
};

// Below a tenth the history waits, so that webhooks' questions have room.
function budget({ budget: b }) {
	if (!b) return h('span', { class: 'soft' }, '–');
	const low = b.remaining < b.limit * LOW;
	return h('div', { class: 'sync' }, h('progress', { max: b.limit, value: b.remaining, 'data-low': low, 'aria-label': 'Questions left' }),
		h('span', { class: 'soft' }, `${number(b.remaining)} of ${number(b.limit)} left`), low && [h('span', { class: 'tag warn' }, 'Waits'), h('span', { class: 'soft' }, `full ${ago(b.resetAt)}`)]);
}
function state(i) {
	const [kind, name] = states[i.state] || ['', i.state];
	return h('div', { class: 'sync' }, h('span', { class: `tag ${kind}` }, name), i.message && h('span', { class: i.state === 'ok' ? 'soft' : 'bad-text' }, i.message));
}
const host = (more) => field({ name: 'host', label: 'Host', maxlength: 253, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', ...more });
const secret = (label) => field({ name: 'token', label, type: 'password', required: true, maxlength: 4096, autocomplete: 'off' });
const button = (text, mark, does, kind = '') => h('button', { type: 'button', class: `button ${kind}`, onclick: does }, icon(mark), text);

const third = (mark) => mark === 'hook' ? [] : [mark === 'plan' ? { name: 'History', cell: (i) => syncState(i.sync || null, nameOf(i)) } : { name: 'May still ask', cell: budget }];
function columns(mark, about, acts) {
	const more = (i) => menu({ button: h('button', { type: 'button', class: 'button bare', 'aria-label': `More on ${nameOf(i)}` }, icon('more')), label: nameOf(i), items: () => acts(i) });
	return [
		{ name: 'Name', class: 'main', cell: (i) => h('div', { class: 'with-icon' }, h('span', { class: 'tile' }, icon(mark)), h('div', {}, h('strong', {}, nameOf(i)), h('span', { class: 'soft' }, about(i)))) },
		{ name: 'State', cell: state },
		...third(mark),
		{ name: 'Last used', class: 'when', cell: (i) => h('span', { title: i.lastUsedAt ? full(i.lastUsedAt) : null }, ago(i.lastUsedAt)) },
		{ name: 'Actions', unseen: true, class: 'acts more', cell: more },
	];
}

async function install(event) {
	const pressed = event.currentTarget;
	pressed.setAttribute('aria-disabled', 'true');
	const answer = await api('GET', '/integrations/github/install').catch((problem) => { toast(words(problem), { bad: true }); });
	if (/^https?:\/\//.test(answer?.url || '')) return location.assign(answer.url);
	pressed.removeAttribute('aria-disabled');
	if (answer) toast('This installation has no GitHub App. Whoever runs it can set one up.', { bad: true });
	return null;
}

export default function integrations({ query }) {
	const github = h('div', { class: 'stack' }), sites = h('div', {}), fresh = h('div', {});
	let waiting = 0;
	const acts = (i) => [...(/_token$/.test(i.kind) ? [{ name: 'Replace the token', icon: 'key', pick: () => renew(i) }] : []), { name: 'Remove', icon: 'bin', danger: true, pick: () => remove(i) }];
	const made = (label, mark, about, none) => new Table({ label, class: 'ways', columns: columns(mark, about, acts), empty: () => empty({ level: 3, icon: mark, ...none }) });

	const app = made('Installations of the GitHub App', 'github', (i) => i.host, { title: 'The GitHub App is not installed', text: 'It reads repositories, sets their webhooks, and needs no token of a person.' });
	const tokens = made('GitHub tokens', 'key', (i) => i.host, { title: 'No tokens', text: 'For an Enterprise Server, or where the App may not be installed.' });
	const doors = made('Webhook doors', 'hook', (i) => `webhooks/github/${i.id}`, { title: 'No doors of its own', text: 'The GitHub App has one already. Others are made on the server: pulsectl create-door.' });
	const jira = made('Jira sites', 'plan', (i) => `${i.host} · ${jiraKinds[i.kind]}`, { title: 'No Jira yet', text: 'Issues, sprints and worklogs, linked to pull requests by their keys.' });
	const kinds = [['github_app', app], ['github_token', tokens], ['webhook', doors]];

	const again = () => {
		everything(GITHUB).then((rows) => { for (const [kind, table] of kinds) table.become(rows.filter((i) => i.kind === kind)); }, () => {});
		everything(JIRA).then((rows) => jira.become(rows), () => {});
	};
	const path = (i) => `${isJira(i) ? JIRA : GITHUB}/${i.id}`;
	function renew(i) {
		const fields = [...(i.kind === 'jira_token' ? [field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'off', hint: 'If it is another person\u2019s.' })] : []), secret('Token')];
		ask({ title: `Another token for ${nameOf(i)}`, text: 'It is tried, then takes the place of the one that is kept.', submit: 'Replace it', fields, send: (v) => api('PATCH', path(i), filled(v)), done: () => { toast('The token is replaced.'); again(); } });
	}
	async function remove(i) {
		const done = await confirm({ title: `Remove ${nameOf(i)}?`, danger: true, action: 'Remove', does: () => api('DELETE', path(i)),
			text: isJira(i) ? 'All that was read of it goes as well: issues, sprints, worklogs.' : 'Repositories keep what they have. What is read by nothing else tells what its webhook tells, and no more.' });
		if (!done) return;
		toast('It is removed.');
		again();
	}
	const filled = (values) => Object.fromEntries(Object.entries(values).filter(([, v]) => v !== ''));

	const addToken = () => ask({ title: 'A GitHub token', text: 'It is tried, kept sealed, and never shown again. Reading is enough; to set webhooks it needs to write them.', submit: 'Add it',
		fields: [host({ hint: 'Empty: the one that this installation uses.' }), secret('Personal access token')],
		send: (v) => api('POST', GITHUB, { kind: 'github_token', ...filled(v) }), done: () => { toast('The token works and is kept.'); again(); } });
	const addJira = () => ask({ title: 'A Jira site', text: 'Cloud takes an e-mail and an API token, Data Center a personal access token alone.', submit: 'Connect it',
		fields: [host({ required: true, placeholder: 'acme.atlassian.net' }), field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'off', hint: 'Whose token it is; empty for Data Center.' }), secret('Token'),
			field({ name: 'pointsField', label: 'Field of story points', autocomplete: 'off', spellcheck: 'false', hint: 'Like customfield_10016. Empty: it is found by its name.' })],
		send: (v) => api('POST', JIRA, filled(v)), done: (answer) => { shown(answer); again(); } });

	// The door's secret is told this once.
	function shown({ webhook }) {
		toast('The Jira is connected; its issues are read now.');
		if (!webhook) return;
		replace(fresh, h('div', { class: 'notice good once', role: 'status' }, h('strong', { tabindex: '-1' }, 'Set its webhook now'), h('span', {}, 'In Jira, under System and WebHooks, make one with this address and this secret, for issues, sprints, worklogs and links. The secret is not shown again.'),
			copyable(location.origin + webhook.path, 'Address of the webhook'), copyable(webhook.secret, 'Secret of the webhook')));
		fresh.querySelector('strong').focus();
	}

	load(github, () => everything(GITHUB), (rows) => {
		for (const [kind, table] of kinds) table.set(rows.filter((i) => i.kind === kind));
		return [panel({ title: 'GitHub App', text: 'The best way: read-only, with a budget of its own for each account.', tools: button('Install', 'plus', install, 'primary') }, app.element),
			panel({ title: 'GitHub tokens', text: 'Several share the work; each has a budget of its own.', tools: button('Add a token', 'plus', addToken) }, tokens.element),
			panel({ title: 'Webhooks', text: 'Where GitHub sends to, each signed with a secret of its own.' }, doors.element)];
	}, { title: 'The ways to GitHub could not be loaded', lines: 8 }).then(() => { below.hidden = false; });
	load(sites, () => everything(JIRA), (rows) => { jira.set(rows); return jira.element; }, { title: 'The Jira sites could not be loaded', lines: 2 });
	// One below the other: what is below is drawn when the upper stands.
	const below = h('div', { hidden: true }, panel({ title: 'Jira', text: 'Cloud and Data Center.', tools: button('Connect Jira', 'plus', addJira) }, fresh, sites));

	const soon = () => { waiting ||= setTimeout(() => { waiting = 0; again(); }, GATHER); };
	function progress({ job, unit, state: now, progress: percent, message }) {
		const site = job === 'sync-jira' && jira.rows.find((i) => i.id === unit);
		if (!site) return;
		if (now === 'ACTIVE') jira.put({ ...site, sync: { ...site.sync, state: now, progress: percent, message } }); else soon();
	}
	const [kind, ...news] = said[query.get('github')] || [];
	return { title: 'Integrations', progress, changed: (of) => { if (!of || of === 'integrations') soon(); }, leave() { clearTimeout(waiting); },
		element: h('div', { class: 'stack' }, heading('Integrations', 'The ways to GitHub and Jira: whether they work, and how much they may still ask.'), kind && h('p', { class: `notice ${kind}`, role: 'status' }, h('span', {}, news)), github, below) };
}
