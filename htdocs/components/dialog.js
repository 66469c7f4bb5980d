// dialog.js - a question that stands before everything else.
//
//	dialog({ title, text, content, closed, wide })	→ { element, close }
//	confirm({ title, text, action, danger, typed, does })	→ true when done
//
// confirm runs does() itself and stays open, saying why, when that fails. With
// `typed` the words must be typed first. Focus, Escape and the way back are the
// browser's (<dialog>).

import { h, icon } from '../app/dom.js';
import { field } from './field.js';
import { form } from './form.js';

let count = 0;

export function dialog({ title, text, content, closed, wide = false }) {
	const id = `dialog-${++count}`;
	const box = h('dialog', { class: `dialog${wide ? ' wide' : ''}`, 'aria-labelledby': id, 'aria-describedby': text ? `${id}-text` : null, onclose: () => { box.remove(); removeEventListener('pulse:go', close); closed?.(); } },
		h('header', {}, h('h2', { id }, title), h('button', { type: 'button', class: 'button bare', 'aria-label': 'Close', onclick: () => box.close() }, icon('close'))),
		text && h('p', { id: `${id}-text`, class: 'soft' }, text), content);
	const close = () => box.close();
	addEventListener('pulse:go', close);
	document.body.append(box);
	box.showModal();
	(box.querySelector('form input:not([type=hidden]), form select, form textarea') || box.querySelector('form button'))?.focus();
	return { element: box, close };
}

export function confirm({ title, text, action, danger = false, typed, does }) {
	return new Promise((answer) => {
		let done = false;
		const fields = typed ? [field({ name: 'confirm', label: `Type ${typed} to go on`, required: true, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', check: (v) => v === typed ? '' : `This is not ${typed}` })] : [];
		const made = form({ fields, submit: action, danger, send: async () => does?.(), done: () => { done = true; shown.close(); },
			extra: h('button', { type: 'button', class: 'button', onclick: () => shown.close() }, 'Cancel') });
		const shown = dialog({ title, text, content: made.element, closed: () => answer(done) });
	});
}

// A form in a dialog; closes when it is done.
export function ask({ title, text, done, ...rest }) {
	const made = form({ ...rest, done: (answer, values) => { shown.close(); return done?.(answer, values); },
		extra: h('button', { type: 'button', class: 'button', onclick: () => shown.close() }, 'Cancel') });
	const shown = dialog({ title, text, content: made.element });
	return made;
}
