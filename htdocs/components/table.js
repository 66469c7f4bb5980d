// table.js - rows of one kind; on a phone each is a card.
//
//	new Table({ label, columns, key, empty })	columns: { name, cell(row), class, unseen }
//	.set(rows)  .add(rows)  .put(row)  .remove(key)  .become(rows)  .rows
//
// put() and remove() change one row and leave the others, so that focus stays;
// become() makes the rows those given, and draws only what differs.
// Roles are said outright, since a table laid out as cards loses them.

import { h, replace } from '../app/dom.js';

export class Table {
	#columns; #key; #empty; #body; #table; #made = new Map();
	rows = [];

	constructor({ label, columns, key = (row) => row.id, empty = null, class: kind = '' }) {
		this.#columns = columns;
		this.#key = key;
		this.#empty = empty;
		this.#body = h('tbody', { role: 'rowgroup' });
		this.#table = h('table', { class: `table ${kind}`, role: 'table', 'aria-label': label },
			h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, columns.map((c) => h('th', { scope: 'col', role: 'columnheader', class: c.class }, c.unseen ? h('span', { class: 'unseen' }, c.name) : c.name)))),
			this.#body);
		this.element = h('div', { class: 'table-box' }, this.#table);
	}

	#row(row) {
		return h('tr', { role: 'row' }, this.#columns.map((c) => h('td', { role: 'cell', class: c.class, 'data-label': c.unseen ? null : c.name }, h('div', { class: 'cell' }, c.cell(row)))));
	}
	// What stands already is not moved: the focus may be in it.
	#stand() {
		if (!this.rows.length && this.#empty) replace(this.element, this.#empty());
		else if (this.#table.parentNode !== this.element) replace(this.element, this.#table);
	}

	set(rows) {
		this.rows = [];
		this.#made.clear();
		this.#body.replaceChildren();
		this.add(rows);
	}
	add(rows) {
		for (const row of rows) {
			const element = this.#row(row);
			this.#made.set(this.#key(row), element);
			this.#body.append(element);
		}
		this.rows.push(...rows);
		this.#stand();
	}
	put(row) {
		const key = this.#key(row), before = this.#made.get(key), element = this.#row(row);
		if (!before) return this.add([row]);
		// Its menu is open: what stands is being used, and the next word is newer.
		if (before.querySelector(':popover-open')) return;
		const at = [...before.querySelectorAll('button, a, select, input')].indexOf(document.activeElement);
		before.replaceWith(element);
		this.#made.set(key, element);
		this.rows = this.rows.map((r) => this.#key(r) === key ? row : r);
		if (at >= 0) element.querySelectorAll('button, a, select, input')[at]?.focus();
	}
	become(rows) {
		const before = new Map(this.rows.map((r) => [this.#key(r), JSON.stringify(r)])), keys = new Set(rows.map(this.#key));
		for (const key of before.keys()) if (!keys.has(key)) this.remove(key);
		for (const row of rows) if (before.get(this.#key(row)) !== JSON.stringify(row)) this.put(row);
		let place = this.#body.firstChild;
		for (const row of rows) {
			const element = this.#made.get(this.#key(row));
			if (element === place) place = place.nextSibling; else this.#body.insertBefore(element, place);
		}
		this.rows = [...rows];
		this.#stand();
	}
	remove(key) {
		this.#made.get(key)?.remove();
		this.#made.delete(key);
		this.rows = this.rows.filter((r) => this.#key(r) !== key);
		this.#stand();
	}
}
