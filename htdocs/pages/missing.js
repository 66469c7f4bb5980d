// missing.js - an address that leads nowhere.

import { h, icon } from '../app/dom.js';

export default function missing({ address }) {
	return {
		title: 'Not found',
		element: h('div', { class: 'alone' }, h('div', { class: 'empty' }, icon('issue'), h('h1', {}, 'There is no page here'), h('p', {}, `${address} leads nowhere.`), h('a', { class: 'button', href: '/dashboard/activity' }, 'To the activity feed'))),
	};
}
