// toast.js - a word on what was done, for some seconds: toast('Saved').
//
//	toast(text, { bad, action: ['Undo', () => …] })
//
// It is spoken, waits while it is pointed at or has the focus, and covers
// nothing that is needed: it never is the only place where an error of a field
// is told.

import { h, icon } from '../app/dom.js';

const STAYS = 5000, LONGER = 10000;
let box = null;

export function toast(text, { bad = false, action } = {}) {
	box ||= h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });
	if (!box.isConnected) document.body.append(box);
	// Above an open dialog.
	box.popover = 'manual';
	if (box.matches(':popover-open')) box.hidePopover();
	box.showPopover();
	const element = h('div', { class: `toast${bad ? ' bad' : ''}` }, icon(bad ? 'warning' : 'check'), h('span', {}, text),
		action && h('button', { type: 'button', class: 'button bare', onclick: () => { gone(); action[1](); } }, action[0]),
		h('button', { type: 'button', class: 'button bare', 'aria-label': 'Dismiss', onclick: () => gone() }, icon('close')));
	const gone = () => { clearTimeout(timer); element.remove(); if (!box.childElementCount) box.hidePopover(); };
	let timer = 0;
	const wait = () => { clearTimeout(timer); timer = setTimeout(gone, bad || action ? LONGER : STAYS); };
	for (const event of ['pointerenter', 'focusin']) element.addEventListener(event, () => clearTimeout(timer));
	for (const event of ['pointerleave', 'focusout']) element.addEventListener(event, wait);
	box.append(element);
	wait();
	return gone;
}
