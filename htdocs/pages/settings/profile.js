// profile.js - the person's own name, time zone, language and theme.

import { h } from '../../app/dom.js';
import { zones } from '../../app/format.js';
import { profile, profileSaved } from '../../app/profile.js';
import { me, user } from '../../app/session.js';
import { avatar } from '../../components/avatar.js';
import { field } from '../../components/field.js';
import { form } from '../../components/form.js';
import { panel } from '../../components/panel.js';
import { heading } from '../../components/heading.js';
import { toast } from '../../components/toast.js';

const locales = ['en', 'en-GB', 'en-US', 'de', 'es', 'fr', 'it', 'ja', 'nl', 'pl', 'pt', 'pt-BR', 'sv', 'zh'];
const named = (locale) => new Intl.DisplayNames(['en'], { type: 'language' }).of(locale);

export default function profilePage() {
	const now = profile();
	const some = (list, value) => [...new Set([value, ...list])].filter(Boolean);
	const fields = [
		field({ name: 'name', label: 'Name', value: now.name, required: true, autocomplete: 'name', maxlength: 100, hint: 'As the others of your organisations see you.' }),
		field({ name: 'timeZone', label: 'Time zone', type: 'select', value: now.timeZone, options: some(zones(), now.timeZone).map((z) => [z, z.replaceAll('_', ' ')]), hint: 'Days begin and end in it on your pages.' }),
		field({ name: 'locale', label: 'Dates and numbers', type: 'select', value: now.locale, options: some(locales, now.locale).map((l) => [l, named(l)]) }),
		field({ name: 'theme', label: 'Theme', type: 'select', value: window.pulseTheme.choice, options: [['system', 'As the system'], ['light', 'Light'], ['dark', 'Dark']] }),
	];
	const theme = fields[3].input;
	theme.addEventListener('change', () => { window.pulseTheme.choice = theme.value; });
	const made = form({ fields, submit: 'Save', send: profileSaved, done: () => toast('Your profile is saved.') });
	return {
		title: 'Profile',
		leave: () => { if (me?.profile) window.pulseTheme.choice = me.profile.theme; },
		element: h('div', { class: 'stack' }, heading('Profile', 'Who you are, on every page and in every organisation.'),
			panel({ title: 'About you' }, h('div', { class: 'person' }, avatar(user.name, { large: true }), h('div', {}, h('strong', {}, user.name), h('span', { class: 'soft' }, `${me?.email || user.email} · ${user.role}`))), made.element)),
	};
}
