// dom.js - elements, without a framework: h('a', { href, class }, child, …).
// A property that begins with "on" is a listener; false, null and undefined
// leave an attribute or a child out; text is always text, never markup.

export function h(tag, props, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(props || {})) {
		if (value === false || value === null || value === undefined) continue;
		if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
		else element.setAttribute(name, value === true ? '' : value);
	}
	add(element, children);
	return element;
}

function add(element, children) {
	for (const child of children.flat(Infinity))
		if (child !== false && child !== null && child !== undefined) element.append(child);
}

export function replace(element, ...children) {
	element.replaceChildren();
	add(element, children);
	return element;
}

// Icons are 24 by 24 strokes; each name is one path.
const paths = {
	activity: 'M3 12h4l3-8 4 16 3-8h4',
	commit: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM2 12h6m8 0h6',
	pull_request: 'M6 9v12M6 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm12 6V9a3 3 0 0 0-3-3h-3m6 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM14 3l-3 3 3 3',
	review: 'M4 12.5 9 17 20 6',
	comment: 'M4 5h16v11H9l-5 4V5Z',
	issue: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 5v5m0 3.2v.1',
	deployment: 'M12 15V4m0 0L7 9m5-5 5 5M5 20h14',
	release: 'M3 11V4h7l10 10-7 7L3 11Zm4.5-3.5v.1',
	build: 'M4 7h16M4 12h10M4 17h7m5-2 2 2 4-4',
	ref: 'M6 4v16M6 8c8 0 4 6 12 6M18 4v16',
	other: 'M5 12h.1M12 12h.1M19 12h.1',
	sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-6v2m0 16v2M4.9 4.9l1.4 1.4m11.4 11.4 1.4 1.4M2 12h2m16 0h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
	moon: 'M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z',
	screen: 'M3 5h18v11H3V5Zm6 15h6m-3-4v4',
	out: 'M14 4h6v16h-6M4 12h11m0 0-4-4m4 4-4 4',
	close: 'M6 6l12 12M18 6 6 18',
	up: 'M12 19V5m0 0-6 6m6-6 6 6',
};

export function icon(name) {
	const ns = 'http://www.w3.org/2000/svg';
	const svg = document.createElementNS(ns, 'svg');
	const path = document.createElementNS(ns, 'path');
	for (const [k, v] of Object.entries({ viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': '2', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true', class: 'icon' })) svg.setAttribute(k, v);
	path.setAttribute('d', paths[name] || paths.other);
	svg.append(path);
	return svg;
}
