// new-organisation.js - asks for a name and makes an organisation of it.

import { api, loadMe } from '../app/session.js';
import { ownZone } from '../app/format.js';
import { ask } from './dialog.js';
import { field } from './field.js';

export default function newOrganisation(enter) {
	ask({
		title: 'A new organisation', submit: 'Create',
		text: 'It has its own members, teams, repositories and settings, and you are its owner.',
		fields: [field({ name: 'name', label: 'Name', required: true, maxlength: 100, autocomplete: 'organization' })],
		send: ({ name }) => api('POST', '/organisations', { name, timeZone: ownZone() }),
		done: async (made) => { await loadMe(); await enter(made); },
	});
}
