// icons.js - strokes on a field of 24 by 24; each name is one path.

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
	menu: 'M4 6h16M4 12h16M4 18h16',
	choose: 'm8 9 4-4 4 4M8 15l4 4 4-4',
	more: 'M12 5v.1M12 12v.1M12 19v.1',
	check: 'M5 12.5 10 17.5 19 7',
	circle: 'M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z',
	plus: 'M12 5v14M5 12h14',
	settings: 'M4 7h9m4 0h3M4 17h3m4 0h9M15 4.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM9 14.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z',
	person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4 21c0-4 3.5-6 8-6s8 2 8 6',
	people: 'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM2.5 20c0-3.6 2.8-5 6.5-5s6.5 1.4 6.5 5M16 5.2a3.5 3.5 0 0 1 0 6.6M18.5 15.4c2 .6 3 2 3 4.6',
	team: 'M12 3l8 4.5-8 4.5-8-4.5L12 3ZM4 12l8 4.5 8-4.5M4 16.5 12 21l8-4.5',
	shield: 'M12 3l8 3v6c0 4.5-3.2 7.8-8 9-4.8-1.2-8-4.5-8-9V6l8-3Z',
	key: 'M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm2.9 1.2L20 3m-4 4 3 3m-6 0 2 2',
	brush: 'M14 4l6 6-8.5 8.5H5.5v-6L14 4Zm-2 2 6 6',
	rules: 'M4 6h10m4 0h2M4 12h2m4 0h10M4 18h8m4 0h4M16 4v4M8 10v4m6 2v4',
	plan: 'M4 20V10m5.3 10V4m5.4 16v-7M20 20V7',
	log: 'M7 3h10v18l-2.5-1.5L12 21l-2.5-1.5L7 21V3Zm3 5h4m-4 4h4',
	building: 'M5 21V4h9v17m0-12h5v12M3 21h18M8.5 8h2m-2 4h2m-2 4h2',
	mail: 'M3 6h18v12H3V6Zm0 1 9 6 9-6',
	eye: 'M2 12c2.5-4.5 6-6.5 10-6.5s7.5 2 10 6.5c-2.5 4.5-6 6.5-10 6.5S4.5 16.5 2 12Zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z',
	hidden: 'M4 4l16 16M9.5 5.8A10 10 0 0 1 12 5.5c4 0 7.5 2 10 6.5a14 14 0 0 1-2.5 3.3M6.3 7.3A13.5 13.5 0 0 0 2 12c2.5 4.5 6 6.5 10 6.5 1.6 0 3-.3 4.3-.9M10 10a3 3 0 0 0 4 4',
	copy: 'M9 9h11v11H9V9Zm-4 6H4V4h11v1',
	device: 'M4 5h16v10H4V5ZM2 19h20',
	phone: 'M8 3h8v18H8V3Zm3.5 15h1',
	warning: 'M12 4 2.5 20h19L12 4Zm0 6v4.5m0 2.7v.1',
	lock: 'M6 11h12v9H6v-9Zm2.5 0V8a3.5 3.5 0 0 1 7 0v3',
	download: 'M12 4v11m0 0-5-5m5 5 5-5M5 20h14',
	upload: 'M12 15V4m0 0L7 9m5-5 5 5M5 20h14',
	search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 4.5 4.5',
	repo: 'M6 3h13v18H6a2 2 0 0 1 0-4h13M6 3a2 2 0 0 0-2 2v14',
	clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 4.5V12l3.5 2',
	play: 'M8 5v14l11-7L8 5Z',
	pause: 'M8 5v14M16 5v14',
	sync: 'M20 11a8 8 0 0 0-14.3-4M4 4v4h4m-4 5a8 8 0 0 0 14.3 4M20 20v-4h-4',
	plug: 'M9 3v5m6-5v5M6 8h12v3a6 6 0 0 1-12 0V8Zm6 9v4',
	inbox: 'M3 13h5l1.5 3h5l1.5-3h5M3 13l3-8h12l3 8v6H3v-6Z',
	bin: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
	hook: 'M12 10a3 3 0 1 0-3-3c0 1 .5 1.8 1 2.4L7 15m5-5 3 5m-8 0a3 3 0 1 0 3 3h5m0-3a3 3 0 1 1-2.6 4.5',
	github: 'M9 19c-4 1.3-4-2-6-2.5m12 4.5v-3.5c0-1 .1-1.4-.5-2 2.8-.3 5.5-1.4 5.5-6a4.6 4.6 0 0 0-1.3-3.2 4.2 4.2 0 0 0-.1-3.2s-1-.3-3.5 1.3a12 12 0 0 0-6.2 0C6.5 2.8 5.4 3.1 5.4 3.1a4.2 4.2 0 0 0-.1 3.2A4.6 4.6 0 0 0 4 9.5c0 4.6 2.7 5.7 5.5 6-.6.6-.6 1.2-.5 2V21',
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
