// organisation.js - its name and address, and what cannot be undone lightly:
// export, another owner, the end.

import { h, icon, replace } from '../../app/dom.js';
import { zones } from '../../app/format.js';
import { everything } from '../../app/lists.js';
import { go } from '../../app/router.js';
import { saveFile } from '../../app/download.js';
import { api, apiBytes, ended, loadMe, may, me, user } from '../../app/session.js';
import { ask, confirm } from '../../components/dialog.js';
import { field } from '../../components/field.js';
import { form, words } from '../../components/form.js';
import { heading } from '../../components/heading.js';
import { panel } from '../../components/panel.js';
import { load } from '../../components/states.js';
import { toast } from '../../components/toast.js';

const act = (title, text, button) => h('div', { class: 'act' }, h('div', {}, h('h3', {}, title), h('p', { class: 'soft' }, text)), button);
const button = (text, does, kind = '') => h('button', { type: 'button', class: `button ${kind}`, onclick: does }, text);

export default function organisation() {
	const box = h('div', { class: 'stack' });
	let org = null;

	function about() {
		const fields = [
			field({ name: 'name', label: 'Name', value: org.name, required: true, maxlength: 100, autocomplete: 'organization' }),
			field({ name: 'slug', label: 'Short name', value: org.slug, required: true, maxlength: 63, spellcheck: 'false', autocapitalize: 'none', autocomplete: 'off', hint: 'In addresses and on the command line: small letters, digits and hyphens.', check: (v) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(v) ? '' : 'Small letters, digits and single hyphens' }),
			field({ name: 'timeZone', label: 'Time zone', type: 'select', value: org.timeZone, options: [...new Set([org.timeZone, ...zones()])].filter(Boolean).map((z) => [z, z.replaceAll('_', ' ')]), hint: 'For what belongs to no team.' }),
		];
		return panel({ title: 'About the organisation' }, form({ fields, submit: 'Save', send: (v) => api('PATCH', '/organisation', v), done: async (_, v) => { Object.assign(org, v); await loadMe().catch(() => {}); toast('The organisation is saved.'); } }).element);
	}

	async function save(event) {
		const pressed = event.currentTarget;
		pressed.disabled = true;
		await apiBytes('/organisation/export').then((bytes) => saveFile(bytes, `${org.slug}.ndjson`), (problem) => toast(words(problem), { bad: true }));
		pressed.disabled = false;
	}

	async function transfer() {
		const others = (await everything('/team').catch(() => [])).filter((m) => m.id !== user.id);
		if (!others.length) return toast('There is nobody else to give it to. Invite somebody first.', { bad: true });
		return ask({ title: 'Give the organisation to another', text: 'They become owner, you become admin. They are told by e-mail.', submit: 'Give it away', danger: true,
			fields: [field({ name: 'user', label: 'The new owner', type: 'select', required: true, options: [['', 'Choose a member'], ...others.map((m) => [m.id, `${m.name}, ${m.email}`])] }),
				field({ name: 'typed', label: `Type ${org.slug} to go on`, required: true, autocomplete: 'off', check: (v) => v === org.slug ? '' : `This is not ${org.slug}` })],
			send: ({ user: to }) => api('POST', '/organisation/transfer', { user: to }),
			done: async (_, { user: to }) => { toast(`${others.find((m) => m.id === to)?.name} owns ${org.name} now.`); await loadMe().catch(() => {}); } });
	}

	async function end() {
		const done = await confirm({ title: `Delete ${org.name}?`, text: 'Nobody can use it from now on. For 30 days you can take it back; then everything of it is gone for ever.', action: 'Delete the organisation', danger: true, typed: org.slug,
			does: () => api('DELETE', '/organisation', { confirm: org.slug }) });
		if (!done) return;
		// All its sessions have ended, this one too.
		ended();
		go(`/login?deleted=${encodeURIComponent(org.name)}`, { replace: true });
	}
	const owners = () => panel({ title: 'For the owner', danger: true },
		act('Export', 'Everything of the organisation, as lines of JSON.', h('button', { type: 'button', class: 'button', onclick: save }, icon('download'), 'Export')),
		act('Another owner', 'Give the organisation to another member.', button('Give it away', transfer)),
		act('Delete', 'Ends it for everybody. It can be taken back for 30 days.', button('Delete', end, 'danger')));
	const draw = () => h('div', { class: 'stack' }, about(), may('own') && owners());

	load(box, () => api('GET', '/organisation'), (answer) => { org = answer; return draw(); }, { title: 'The organisation could not be loaded' });
	return { title: 'Organisation', rights: () => { if (org) replace(box, draw()); }, element: h('div', { class: 'stack' }, heading('Organisation', `What ${me?.organisation.name} is, and who owns it.`), box) };
}
