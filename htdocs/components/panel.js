// panel.js - a part of a page: a heading, a word on it, and what is in it.
//
//	panel({ title, text, tools, danger }, …children)

import { h } from '../app/dom.js';

let count = 0;

export function panel({ title, text, tools, danger = false }, ...children) {
	const id = `panel-${++count}`;
	return h('section', { class: `panel${danger ? ' danger' : ''}`, 'aria-labelledby': id },
		h('header', {}, h('div', {}, h('h2', { id }, title), text && h('p', { class: 'soft' }, text)), tools && h('div', { class: 'panel-tools' }, tools)),
		children);
}
