// feed.js - a list of events, newest first, each day under its heading.
//
// Made to keep up with a busy organisation: a line is drawn once and put where
// its time belongs; nothing else is touched.

import { h } from '../app/dom.js';
import { eventLine, when } from './event-line.js';

const DAY = 86400000;
const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayNameYear = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);

function nameOf(day) {
	const gap = Math.round((midnight(Date.now()) - day) / DAY);
	if (gap === 0) return 'Today';
	if (gap === 1) return 'Yesterday';
	return (new Date(day).getFullYear() === new Date().getFullYear() ? dayName : dayNameYear).format(day);
}

const isNewer = (a, b) => a.timestamp === b.timestamp ? BigInt(a.id) > BigInt(b.id) : a.timestamp > b.timestamp;

export class Feed {
	#events = []; #lines = new Map(); #days = new Map(); #does;

	// `does` are the actions of a line: onRepo(event), onAuthor(event).
	constructor(does) {
		this.#does = does;
		this.element = h('div', { class: 'feed' });
	}

	get size() { return this.#events.length; }
	get ids() { return this.#events.map((e) => e.id); }
	get oldest() { return this.#events.at(-1); }

	// Put an event in its place; false when it is there already.
	add(event, fresh = false) {
		if (this.#lines.has(event.id)) return false;
		let at = this.#events.findIndex((e) => isNewer(event, e));
		if (at < 0) at = this.#events.length;
		const next = this.#events[at], line = eventLine(event, this.#does);
		const day = this.#day(midnight(event.timestamp), next);
		const before = next && this.#lines.get(next.id);
		day.list.insertBefore(line, before?.parentNode === day.list ? before : null);
		if (fresh) line.classList.add('fresh');
		this.#events.splice(at, 0, event);
		this.#lines.set(event.id, line);
		return true;
	}

	// A day's part of the list; a new one stands before that of `next`.
	#day(time, next) {
		let day = this.#days.get(time);
		if (!day) {
			const name = h('h2', { class: 'day-name', id: `day-${time}` }, nameOf(time)), list = h('ol', { class: 'lines', 'aria-labelledby': name.id });
			day = { name, list, section: h('section', { class: 'day' }, name, list) };
			this.element.insertBefore(day.section, next ? this.#days.get(midnight(next.timestamp)).section : null);
			this.#days.set(time, day);
		}
		return day;
	}

	// Let the oldest go beyond so many; true when some went.
	trim(keep) {
		const gone = this.#events.splice(keep);
		for (const event of gone) {
			const line = this.#lines.get(event.id), list = line.parentNode;
			line.remove();
			this.#lines.delete(event.id);
			if (list.childElementCount) continue;
			list.parentNode.remove();
			this.#days.delete(midnight(event.timestamp));
		}
		return gone.length > 0;
	}

	// Time has passed: ages of the newest, and the names of days.
	tick() {
		for (const e of this.#events.slice(0, 200)) this.#lines.get(e.id).querySelector('time').textContent = when(e.timestamp);
		for (const [time, { name }] of this.#days) name.textContent = nameOf(time);
	}
}
