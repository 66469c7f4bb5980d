// forgot-password.js - asks for a letter with a link to a new password.

import { h, replace } from '../app/dom.js';
import { ask } from '../app/session.js';
import { door, result } from '../components/door.js';
import { field } from '../components/field.js';
import { form } from '../components/form.js';

export default function forgotPassword({ query }) {
	const email = field({ name: 'email', label: 'E-mail', type: 'email', required: true, autocomplete: 'username', inputmode: 'email', value: query.get('email') || '' });
	const box = h('div', { class: 'door-box' });
	const made = form({ fields: [email], submit: 'Send the link', wide: true, send: (values) => ask('POST', '/auth/forgot-password', values), done: (_, values) => {
		replace(box, result('mail', 'good', h('h2', { tabindex: '-1' }, 'Look into your mailbox'),
			h('p', {}, 'If ', h('strong', {}, values.email), ' has an account here, a letter with a link to a new password is on its way. The link holds for an hour and works once.')));
		box.querySelector('h2').focus();
	} });
	replace(box, made.element);
	return {
		title: 'Forgotten password',
		enter: () => email.input.focus(),
		element: door({ title: 'Forgotten your password?', text: 'Tell us your address, and we send you a link to choose a new one.', footer: h('a', { href: '/login' }, 'Back to the sign-in') }, box),
	};
}
