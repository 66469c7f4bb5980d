// avatar.js - a person or an organisation by initials, always in the same hue;
// avatar(name, { large, square }). Pictures are not fetched from elsewhere.

import { h } from '../app/dom.js';

const HUES = 8;
const initials = (name) => {
	const parts = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean).map((part) => [...part]);
	return ((parts[0]?.[0] || '?') + (parts.length > 1 ? parts.at(-1)[0] : parts[0]?.[1] || '')).toUpperCase();
};

export function avatar(name, { large = false, square = false, logo } = {}) {
	const hue = [...name].reduce((n, c) => (n * 31 + c.codePointAt(0)) % 9973, 7) % HUES;
	const kind = `avatar${large ? ' large' : ''}${square ? ' square' : ''}`;
	if (logo) return h('img', { class: kind, src: logo, alt: '', width: 32, height: 32 });
	return h('span', { class: kind, 'data-hue': hue, 'aria-hidden': 'true' }, initials(name));
}
