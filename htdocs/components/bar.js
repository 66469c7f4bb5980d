// bar.js - how much of a limit is used: bar({ label, used, limit, unit }).
// Without a limit there is a number only.

import { h } from '../app/dom.js';
import { number } from '../app/format.js';

export function bar({ label, used, limit, unit = '' }) {
	const open = limit === null || limit === undefined, share = open ? 0 : limit ? used / limit : 1;
	const level = share >= 1 ? 'full' : share >= 0.8 ? 'near' : 'fine';
	return h('div', { class: 'bar', 'data-level': level },
		h('div', { class: 'bar-text' }, h('span', {}, label), h('span', { class: 'soft' }, open ? `${number(used)}${unit} · no limit` : `${number(used)} of ${number(limit)}${unit}`)),
		h('progress', { max: open ? 1 : Math.max(1, limit), value: open ? 0 : Math.min(used, limit), 'aria-label': label }),
		level !== 'fine' && h('span', { class: 'bar-note' }, level === 'full' ? 'The limit is reached' : 'Almost at the limit'));
}
