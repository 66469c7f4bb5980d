// heading.js - the head of a page: its name, a word on it, and what can be done.

import { h } from '../app/dom.js';

export const heading = (title, text, ...tools) => h('div', { class: 'topbar' },
	h('div', { class: 'topbar-name' }, h('h1', {}, title), text && h('p', { class: 'soft' }, text)),
	tools.length > 0 && h('div', { class: 'topbar-tools' }, tools));
