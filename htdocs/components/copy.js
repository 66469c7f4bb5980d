// copy.js - a text to take away: copyable('pulse_pat_…', 'Token').

import { h, icon, replace } from '../app/dom.js';

export function copyable(text, label) {
	const input = h('input', { class: 'copy-text', readonly: true, value: text, 'aria-label': label, onfocus: () => input.select() });
	const button = h('button', { type: 'button', class: 'button', onclick: async () => {
		try { await navigator.clipboard.writeText(text); } catch {
			input.select();	// without https the clipboard is closed to us
			if (!document.execCommand?.('copy')) return;
		}
		replace(button, icon('check'), 'Copied');
		setTimeout(() => replace(button, icon('copy'), 'Copy'), 2000);
	} }, icon('copy'), 'Copy');
	return h('div', { class: 'copyable' }, input, button);
}
