// menu.js - a button that opens a list of things to do.
//
//	menu({ button, label, items, up })
//
// items() is asked each time it opens: rows of { name, icon, href | pick, danger,
// checked, note }, 'line', or { heading }. Arrows, Home, End, letters, Escape and
// a click elsewhere do what they do in menus. A row with `checked` is one choice
// of several. It lies in the top layer, so no table cuts it off.

import { h, icon } from '../app/dom.js';

let count = 0;
const leaving = ['resize', 'pulse:go'];	// heard while one is open: a list may have thousands

function row(item) {
	if (item === 'line') return h('div', { role: 'separator', class: 'menu-line' });
	if (item.heading) return h('div', { role: 'presentation', class: 'menu-heading' }, item.heading);
	const choice = item.checked !== undefined;
	return h(item.href ? 'a' : 'button', {
		type: item.href ? null : 'button', href: item.href, tabindex: '-1', class: `menu-item${item.danger ? ' danger' : ''}`,
		role: choice ? 'menuitemradio' : 'menuitem', 'aria-checked': choice ? String(item.checked) : null,
	}, item.icon && (item.icon instanceof Node ? item.icon : icon(item.icon)), h('span', {}, item.name, item.note && h('small', {}, item.note)), choice && item.checked && icon('check'));
}

export function menu({ button, label, items, wide = false }) {
	const id = `menu-${++count}`;
	const list = h('div', { id, role: 'menu', 'aria-label': label, class: `menu${wide ? ' wide' : ''}`, popover: 'auto' });
	let rows = [], last = false;	// last: opened by ArrowUp, so from the end
	button.setAttribute('aria-haspopup', 'menu');
	button.setAttribute('aria-expanded', 'false');
	button.setAttribute('popovertarget', id);

	// Beside its button, within the screen.
	function place() {
		const b = button.getBoundingClientRect(), { offsetWidth: w, offsetHeight: high } = list;
		const below = b.bottom + 6 + high <= innerHeight || b.top < high + 6;
		list.style.left = `${Math.max(8, Math.min(b.left > innerWidth / 2 ? b.right - w : b.left, innerWidth - w - 8))}px`;
		list.style.top = `${below ? b.bottom + 6 : b.top - high - 6}px`;
	}
	const away = () => { if (list.matches(':popover-open')) list.hidePopover(); };
	const focus = (i) => rows[(i + rows.length) % rows.length]?.focus();

	list.addEventListener('beforetoggle', (event) => {
		if (event.newState !== 'open') return;
		const given = items();
		list.replaceChildren(...given.map(row));
		rows = [...list.querySelectorAll('.menu-item')];
		const doing = given.filter((i) => i.name);
		rows.forEach((r, i) => r.addEventListener('click', () => { list.hidePopover(); doing[i].pick?.(); }));
	});
	list.addEventListener('toggle', (event) => {
		const open = event.newState === 'open';
		button.setAttribute('aria-expanded', String(open));
		for (const event of leaving) removeEventListener(event, away);
		if (!open) return;
		for (const event of leaving) addEventListener(event, away);
		place();
		focus(last ? -1 : Math.max(0, rows.findIndex((r) => r.getAttribute('aria-checked') === 'true')));
		last = false;
	});
	const keys = { ArrowDown: (i) => i + 1, ArrowUp: (i) => i - 1, Home: () => 0, End: () => rows.length - 1 };
	list.addEventListener('keydown', (event) => {
		const at = rows.indexOf(document.activeElement);
		if (keys[event.key]) focus(keys[event.key](at));
		else if (event.key === 'Tab') { list.hidePopover(); button.focus(); return; }
		else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
			const i = [...rows.keys()].map((n) => (at + 1 + n) % rows.length).find((n) => rows[n].textContent.toLowerCase().startsWith(event.key.toLowerCase()));
			if (i === undefined) return;
			focus(i);
		} else return;
		event.preventDefault();
	});
	button.addEventListener('keydown', (event) => {
		if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp' || list.matches(':popover-open')) return;
		event.preventDefault();
		last = event.key === 'ArrowUp';
		list.showPopover();
	});
	return h('div', { class: 'menu-place' }, button, list);
}
